// Lets the help look as the page does on this device, and show the address of this relay in its examples. Without it the help is whole all the same.
'use strict';

(() => {
  const root = document.documentElement;
  for (const setting of ['theme', 'motion']) {
    try {
      root.dataset[setting] = localStorage.getItem(`edgeboard.${setting}`) ?? 'auto';
    } catch {
      // A browser may forbid storage.
    }
  }
  addEventListener('DOMContentLoaded', () => {
    for (const place of document.querySelectorAll('[data-origin]')) place.textContent = location.origin;
  });
})();
