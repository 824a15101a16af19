"use strict";
// The formulas of advisor/cost: lines are products of decimals of 28 digits, rounded to cents; sums of lines are floats.
const DIGITS = 28, MOST_MONTHS = 120;
const power10 = (count) => 10n ** BigInt(count);
const decimal = (text) => {
  const [, sign, whole, part = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d*))?(?:e([-+]?\d+))?$/i.exec(text);
  return { digits: BigInt(sign + whole + part), exponent: Number(exponent) - part.length };
};
const aligned = (value, exponent) => value.digits * power10(value.exponent - exponent);
const less = (left, right) => {
  const exponent = Math.min(left.exponent, right.exponent);
  return { digits: aligned(left, exponent) - aligned(right, exponent), exponent };
};
const times = (left, right) => {
  const digits = left.digits * right.digits, exponent = left.exponent + right.exponent;
  const over = String(digits < 0n ? -digits : digits).length - DIGITS;
  if (over <= 0) return { digits, exponent };
  const unit = power10(over), size = digits < 0n ? -digits : digits;
  const rest = size % unit, half = unit / 2n, cut = size / unit;
  const up = rest > half || (rest === half && cut % 2n === 1n);
  const kept = up ? cut + 1n : cut;
  return { digits: digits < 0n ? -kept : kept, exponent: exponent + over };
};
// In units of 10 ** -places, halves away from zero.
const rounded = (value, places) => {
  if (value.exponent >= -places) return value.digits * power10(value.exponent + places);
  const unit = power10(-places - value.exponent), size = value.digits < 0n ? -value.digits : value.digits;
  const whole = (2n * size + unit) / (2n * unit);
  return value.digits < 0n ? -whole : whole;
};
const shown = (units, places) => {
  const text = String(units < 0n ? -units : units).padStart(places + 1, "0");
  return (units < 0n ? "-" : "") + text.slice(0, -places) + "." + text.slice(-places);
};
const float = (cents) => Number(shown(cents, 2));
const cents = (value) => rounded(decimal(String(value)), 2);

const lineCents = (factors, knobs, values) => {
  let usd = decimal("1");
  for (const [middle, place] of factors) {
    let factor = decimal(middle);
    if (place !== null) {
      const value = decimal(values[place]), how = knobs[place].how;
      factor = how === "replaces" ? value : how === "rest" ? less(decimal("1"), value) : times(factor, value);
    }
    usd = times(usd, factor);
  }
  return rounded(usd, 2);
};
const powers = (ratio, count) => (ratio === 1 ? count : (1 - ratio ** count) / (1 - ratio));
const paybackMonths = (oneTime, fixed, growing, growth) => {
  if (oneTime <= 0) return 0;
  if (growth === 0) {
    const gain = fixed + growing;
    return gain > 0 && oneTime / gain <= MOST_MONTHS ? oneTime / gain : Infinity;
  }
  let left = oneTime;
  for (let month = 0; month < MOST_MONTHS; month++) {
    const gain = fixed + growing;
    if (gain >= left && left > 0) return month + left / gain;
    left -= gain;
    growing *= 1 + growth;
  }
  return Infinity;
};
// `values` are decimals as text, one for each of data.knobs.
const outcomes = (data, values) =>
  data.approaches.map((approach) => {
    const sums = { one_time: 0, fixed: 0, growing: 0, return: 0, today_fixed: 0, today_growing: 0 };
    let once = 0n, monthly = 0n, returns = false;
    for (const line of approach.own) {
      const usd = lineCents(line.factors, data.knobs, values);
      if (line.kind === "one_time") once += usd;
      else if (line.kind === "monthly") monthly += usd;
      else returns = true;
      sums[line.kind !== "monthly" ? line.kind : line.grows ? "growing" : "fixed"] += float(usd);
    }
    for (const line of approach.today)
      sums[line.grows ? "today_growing" : "today_fixed"] += float(lineCents(line.factors, data.knobs, values));
    const fixedGain = sums.today_fixed - sums.fixed;
    const growingGain = sums.return + sums.today_growing - sums.growing;
    const total = sums.one_time + sums.fixed * 12 + sums.growing * powers(1 + approach.growth, 12);
    const months = approach.set_up_months + paybackMonths(sums.one_time, fixedGain, growingGain, approach.growth);
    const priced = returns || fixedGain + growingGain > 0;
    const why = !priced ? "no gain" : months === Infinity ? "never" : approach.ends_months !== null && approach.ends_months < months ? "after shutdown" : "";
    return {
      approach: approach.approach,
      one_time_usd: shown(once, 2),
      monthly_usd: shown(monthly, 2),
      total_usd: shown(cents(total), 2),
      payback_months: why ? null : shown(rounded(decimal(String(months)), 2), 2),
      why,
    };
  });
