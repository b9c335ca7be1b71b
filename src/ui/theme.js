/** Puts the colours that were chosen in force before anything is painted; a module would come too late. */
{
  const chosen = localStorage.getItem("opsen-theme");
  if (chosen === "light" || chosen === "dark") {
    document.documentElement.dataset.theme = chosen;
  }
}
