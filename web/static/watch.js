// Looks every two seconds how far the work is, and puts the news in the place of the old; without it the page reloads.
"use strict";
const live = document.getElementById("live");
async function look() {
  let text = "";
  try {
    const reply = await fetch(location.href, { credentials: "same-origin" });
    text = reply.ok ? await reply.text() : "";
  } catch {
    text = "";  // the service starts anew: look again
  }
  const fresh = text && new DOMParser().parseFromString(text, "text/html").getElementById("live");
  if (fresh && fresh.dataset.state !== live.dataset.state) {
    location.reload();  // other buttons belong to another state
    return;
  }
  if (fresh) live.replaceChildren(...fresh.childNodes);
  if (live.dataset.watch === "yes") setTimeout(look, 2000);
}
if (live && live.dataset.watch === "yes") setTimeout(look, 2000);
