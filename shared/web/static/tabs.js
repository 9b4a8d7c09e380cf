// Tabs as the ARIA Authoring Practices describe them: arrows move, Home and End jump.

/** Scroll a list sideways, where it is too narrow for all its tabs; the page stays where it is. */
function reveal(list, tab) {
  const [frame, box] = [list.getBoundingClientRect(), tab.getBoundingClientRect()];
  list.scrollLeft += Math.max(0, box.right - frame.right) - Math.max(0, frame.left - box.left);
}

/** Bring a `role="tablist"` to life; each tab names its panel in `aria-controls`. */
export function startTabs(list, onSelect = () => {}) {
  const tabs = [...list.querySelectorAll('[role="tab"]')];

  function select(tab, { focus = false } = {}) {
    for (const other of tabs) {
      const selected = other === tab;
      other.setAttribute("aria-selected", selected);
      other.tabIndex = selected ? 0 : -1;
      document.getElementById(other.getAttribute("aria-controls")).hidden = !selected;
    }
    reveal(list, tab);
    if (focus) tab.focus();
    onSelect(tab.id);
  }

  list.addEventListener("click", (event) => {
    const tab = event.target.closest('[role="tab"]');
    if (tab) select(tab);
  });
  list.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    select(tabs[(to + tabs.length) % tabs.length], { focus: true });
  });
  select(tabs.find((tab) => tab.getAttribute("aria-selected") === "true") ?? tabs[0]);
  return (id) => select(tabs.find((tab) => tab.id === id));
}
