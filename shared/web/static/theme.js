// Light or dark: follows the system until a person chooses, in a cookie that all services read.

const COOKIE = "gabarito_theme";
const YEAR_SECONDS = 365 * 24 * 3600;
const dark = matchMedia("(prefers-color-scheme: dark)");

/** The theme that is shown: `light` or `dark`. */
export function theme() {
  return document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light");
}

/** Show a theme and remember it; that of the system is not remembered, but followed. */
export function chooseTheme(chosen) {
  const follows = chosen === (dark.matches ? "dark" : "light");
  if (follows) delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  document.cookie =
    `${COOKIE}=${follows ? "" : chosen}; path=/; samesite=lax; max-age=${follows ? 0 : YEAR_SECONDS}`;
  document.dispatchEvent(new CustomEvent("themechange", { detail: { theme: chosen } }));
}

for (const link of document.querySelectorAll("[data-theme-to]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const chosen = link.dataset.themeTo;
    chooseTheme(chosen);
    document.querySelector(`[data-theme-to="${chosen === "dark" ? "light" : "dark"}"]`).focus();
  });
}
dark.addEventListener("change", () => {
  document.dispatchEvent(new CustomEvent("themechange", { detail: { theme: theme() } }));
});
