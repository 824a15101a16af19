/* Thumbs and corrections below an answer. Nothing is loaded, nothing is stored in the browser.
 *
 *   <div data-advisor-feedback data-token="TOKEN"></div>
 *   <script src="https://ADVISOR/feedback/DEPLOYMENT/snippet.js" crossorigin defer></script>
 *
 * TOKEN comes from POST /api/v1/deployments/NAME/feedback-tokens, asked for by the application, not by the page. For
 * answers that come later call `advisorFeedback(element)` on each new element. Texts are changed by data-up, data-down,
 * data-correct, data-send, data-thanks, data-failed and data-label.
 */
(function () {
  "use strict";
  var script = document.currentScript;
  var address = script.src.replace(/\/snippet\.js(\?.*)?$/, "");

  function word(place, name, usual) {
    return place.getAttribute("data-" + name) || usual;
  }

  function button(text, label, act) {
    var made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    if (label) made.setAttribute("aria-label", label);
    made.addEventListener("click", act);
    return made;
  }

  function show(place) {
    if (place.advisorShown) return;
    place.advisorShown = true;
    var said = document.createElement("span");
    said.setAttribute("role", "status");
    var up = button("\u{1F44D}", word(place, "up", "Good answer"), function () { send({ kind: "up" }); });
    var down = button("\u{1F44E}", word(place, "down", "Bad answer"), function () { send({ kind: "down" }); });
    var correct = button(word(place, "correct", "Correct it"), "", open);

    function send(body) {
      [up, down, correct].forEach(function (one) { one.disabled = true; });
      fetch(address, {
        method: "POST",
        mode: "cors",
        credentials: "omit",
        headers: { "Content-Type": "application/json", Authorization: "Bearer " + place.getAttribute("data-token") },
        body: JSON.stringify(body)
      }).then(function (reply) {
        if (!reply.ok) throw new Error(String(reply.status));
        said.textContent = " " + word(place, "thanks", "Thank you.");
        if (form) form.remove();
        // A thumb may still be followed by the right answer.
        correct.disabled = body.kind === "correction";
      }).catch(function () {
        said.textContent = " " + word(place, "failed", "That could not be sent.");
        [up, down, correct].forEach(function (one) { one.disabled = false; });
      });
    }

    var form = null;
    function open() {
      if (form) return;
      form = document.createElement("form");
      var label = document.createElement("label");
      label.textContent = word(place, "label", "What should the answer have been?");
      var text = document.createElement("textarea");
      text.required = true;
      text.maxLength = 20000;
      text.rows = 3;
      label.appendChild(document.createElement("br"));
      label.appendChild(text);
      var submit = button(word(place, "send", "Send"), "", function () {});
      submit.type = "submit";
      form.appendChild(label);
      form.appendChild(document.createElement("br"));
      form.appendChild(submit);
      form.addEventListener("submit", function (event) {
        event.preventDefault();
        if (text.value.trim()) send({ kind: "correction", correction: text.value.trim() });
      });
      place.appendChild(form);
      text.focus();
    }

    [up, down, correct, said].forEach(function (one) { place.appendChild(one); });
  }

  window.advisorFeedback = show;
  Array.prototype.forEach.call(document.querySelectorAll("[data-advisor-feedback]"), show);
})();
