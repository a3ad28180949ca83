/* Files in parts, by the tus protocol (vendor/tus): progress, pause, and what was cut goes on. See templates/files/upload.html. */
document.addEventListener("DOMContentLoaded", () => {
  const PART = 32 * 1024 * 1024;
  const RETRIES = [0, 1000, 3000, 5000, 10000, 20000, 30000, 60000];
  const OPEN = new Set(["sending", "waiting", "paused", "received"]);

  for (const box of document.querySelectorAll(".uploads")) {
    const words = box.dataset;
    const token = box.querySelector("[name=csrfmiddlewaretoken]").value;
    const list = box.querySelector("ul");
    const chosen = box.querySelector("input[type=file]");
    const headers = { "X-CSRFToken": token };
    const states = new Map();

    const settled = () => [...states.values()].every((state) => !OPEN.has(state));

    const row = (file) => {
      const one = box.querySelector("template").content.cloneNode(true).firstElementChild;
      one.querySelector("[data-name]").textContent = file.name;
      list.append(one);
      const show = (state, detail = "") => {
        states.set(one, state);
        one.querySelector("[data-state]").textContent = [words[state], detail].filter(Boolean).join(": ");
        one.querySelector("[data-pause]").hidden = !["sending", "waiting"].includes(state);
        one.querySelector("[data-resume]").hidden = state !== "paused";
        one.querySelector("[data-drop]").hidden = !["sending", "waiting", "paused"].includes(state);
        one.querySelector("progress").hidden = !["sending", "waiting", "paused"].includes(state);
        if (state === "ready") box.dispatchEvent(new CustomEvent("file-ready", { bubbles: true }));
        if (state === "ready" && "reload" in words && settled()) window.location.reload();
      };
      const progress = (part) => {
        one.querySelector("progress").value = part;
        one.querySelector("[data-percent]").textContent = part < 1 ? `${Math.floor(part * 100)} %` : "";
      };
      return { one, show, progress };
    };

    /* What the server says of a refusal stands in its answer; anything else is the network. */
    const said = async (answer) => (await answer.json().catch(() => ({}))).message || `${answer.status}`;

    const follow = async (address, show) => {
      for (let wait = 500; ; wait = Math.min(wait * 1.5, 10000)) {
        const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
        const told = answer && answer.ok ? await answer.json() : null;
        if (told && told.state !== "received") return show(told.state, told.finding);
        await new Promise((done) => setTimeout(done, wait));
      }
    };

    const send = async (file) => {
      const { one, show, progress } = row(file);
      show("sending");
      const body = new FormData();
      body.append("name", file.name);
      body.append("size", file.size);
      const begun = await fetch(words.begin, { method: "POST", headers, body }).catch(() => null);
      if (!begun) return show("failed");
      if (!begun.ok) return show("failed", await said(begun));
      const { upload: address } = await begun.json();
      const upload = new tus.Upload(file, {
        uploadUrl: address,
        chunkSize: PART,
        retryDelays: RETRIES,
        headers,
        storeFingerprintForResuming: false,
        onProgress: (sent, all) => {
          if (states.get(one) !== "paused") show("sending");
          progress(sent / all);
        },
        onShouldRetry: (error) => {
          const status = error.originalResponse ? error.originalResponse.getStatus() : 0;
          const again = status === 0 || status === 409 || status === 423 || status === 429 || status >= 500;
          if (again) show("waiting");
          return again && status !== 507;
        },
        onError: (error) => {
          const answer = error.originalResponse;
          let words = "";
          try {
            words = answer ? JSON.parse(answer.getBody()).message : "";
          } catch {
            words = answer ? `${answer.getStatus()}` : "";
          }
          show("failed", words);
        },
        onSuccess: () => {
          progress(1);
          show("received");
          follow(address, show);
        },
      });
      one.querySelector("[data-pause]").addEventListener("click", () => {
        upload.abort();
        show("paused");
      });
      one.querySelector("[data-resume]").addEventListener("click", () => {
        show("sending");
        upload.start();
      });
      one.querySelector("[data-drop]").addEventListener("click", async () => {
        upload.abort();
        const answer = await fetch(address, { method: "DELETE", headers }).catch(() => null);
        show(answer && answer.ok ? "dropped" : "paused");
      });
      upload.start();
    };

    chosen.disabled = false;
    chosen.addEventListener("change", () => {
      for (const file of chosen.files) send(file);
      chosen.value = "";
    });
    window.addEventListener("beforeunload", (event) => {
      if ([...states.values()].some((state) => state === "sending" || state === "waiting")) event.preventDefault();
    });
  }
});
