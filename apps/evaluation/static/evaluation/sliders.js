/* A slider moves the number above it, and the number the slider. Without scripts the numbers are typed. */
(() => {
  document.addEventListener("input", (event) => {
    const slider = event.target.closest("input[data-moves]");
    if (slider) {
      document.getElementById(slider.dataset.moves).value = slider.value;
      return;
    }
    const twin = event.target.id && document.querySelector(`input[data-moves="${CSS.escape(event.target.id)}"]`);
    if (twin) twin.value = event.target.value;
  });
})();
