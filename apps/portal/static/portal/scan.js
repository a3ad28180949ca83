/* Reads a code by the camera where the browser can (BarcodeDetector); elsewhere the page offers to type it, and the phone's own camera
   leads to the same address. */
document.addEventListener("DOMContentLoaded", () => {
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  const camera = document.getElementById("camera");
  const video = camera.querySelector("video");
  const state = document.getElementById("camera_state");
  const [on, off] = ["camera_on", "camera_off"].map((name) => document.getElementById(name));
  let stream = null;

  const stop = () => {
    for (const track of stream ? stream.getTracks() : []) track.stop();
    stream = null;
    video.srcObject = null;
    on.hidden = false;
    off.hidden = true;
  };

  const look = async (detector) => {
    if (!stream) return;
    const found = await detector.detect(video).catch(() => []);
    if (found.length && stream) {
      document.getElementById("id_code").value = found[0].rawValue;
      stop();
      document.getElementById("scan_form").requestSubmit();
    } else setTimeout(() => look(detector), 150);
  };

  on.addEventListener("click", async () => {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch (error) {
      state.textContent = error.name === "NotAllowedError" ? state.dataset.refused : state.dataset.none;
      return;
    }
    video.srcObject = stream;
    await video.play();
    on.hidden = true;
    off.hidden = false;
    state.textContent = state.dataset.looking;
    look(new BarcodeDetector({ formats: ["qr_code"] }));
  });
  off.addEventListener("click", stop);
  window.addEventListener("pagehide", stop);
  camera.hidden = false;
});
