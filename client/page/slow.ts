/** How long something may take before the page says that it knows. Milliseconds. */
const patienceMs = 4000;

/**
 * Adds to a text, when it still stands there after a while, that the network is slow.
 *
 * @param addition what one can do meanwhile
 * @returns ends the waiting
 */
export function sayWhenSlow(place: HTMLElement, addition = ""): () => void {
  const text = place.textContent;
  const timer = setTimeout(() => {
    if (place.textContent === text)
      place.textContent = `${text} It takes longer than usual: the network is slow. ${addition}`.trim();
  }, patienceMs);
  return () => clearTimeout(timer);
}
