const place = document.getElementById("data");
const form = document.getElementById("knobs");
if (place && form) {
  const data = JSON.parse(place.textContent);
  const inputs = [...form.querySelectorAll("input[type=text]")];
  const sliders = [...form.querySelectorAll("input[type=range]")];
  const rows = [...document.querySelectorAll("#outcomes tbody tr")];
  const said = document.getElementById("said");
  const values = data.knobs.map((knob) => knob.value);
  const dollars = (text) => {
    const [whole, part] = text.replace("-", "").split(".");
    return (text.startsWith("-") ? "-$" : "$") + whole.replace(/\B(?=(\d{3})+$)/g, ",") + "." + part;
  };
  const paid = (one) => (one.payback_months === null ? data.words[one.why] : one.payback_months + " months");
  const allowed = (text, knob) => /^\d{1,10}(\.\d{1,6})?$/.test(text) && Number(text) >= Number(knob.low) && Number(text) <= Number(knob.high);
  const show = () => {
    outcomes(data, values).forEach((one, row) => {
      const cells = [one.one_time_usd, one.monthly_usd, one.total_usd].map(dollars).concat(data.approaches[row].possible ? paid(one) : data.words["ruled out"]);
      cells.forEach((cell, column) => { rows[row].cells[column + 1].textContent = cell; });
    });
  };
  // A slider runs from a tenth of the case's value to ten times it, in equal ratios; a share from 0 to 1.
  const atSlider = (knob, share) => {
    if (knob.how === "rest") return String(Math.round(share * 100) / 100);
    const number = Math.min(Math.max(Number(knob.value) * 10 ** (2 * share - 1), Number(knob.low)), Number(knob.high));
    return String(Number(number.toPrecision(3)));
  };
  const sliderAt = (knob, text) => (knob.how === "rest" ? Number(text) : Math.min(Math.max((Math.log10(Number(text) / Number(knob.value)) + 1) / 2, 0), 1));
  const set = (number, text) => {
    const knob = data.knobs[number], ok = allowed(text, knob);
    inputs[number].setAttribute("aria-invalid", String(!ok));
    said.textContent = ok ? "" : knob.label + ": a number from " + knob.low + " to " + knob.high + " is meant; the last one still holds.";
    if (ok) { values[number] = text; show(); }
    return ok;
  };
  inputs.forEach((input, number) => input.addEventListener("input", () => {
    if (set(number, input.value.trim().replace(/,/g, ""))) sliders[number].value = sliderAt(data.knobs[number], values[number]);
  }));
  sliders.forEach((slider, number) => slider.addEventListener("input", () => {
    inputs[number].value = atSlider(data.knobs[number], Number(slider.value));
    set(number, inputs[number].value);
  }));
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("back").addEventListener("click", () => {
    data.knobs.forEach((knob, number) => { inputs[number].value = knob.value; sliders[number].value = sliderAt(knob, knob.value); set(number, knob.value); });
  });
  sliders.forEach((slider, number) => { slider.value = sliderAt(data.knobs[number], values[number]); });
  show();
  document.getElementById("what-if").hidden = false;
}
