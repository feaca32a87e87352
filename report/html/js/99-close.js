/* SPDX-License-Identifier: MIT */
/* The end of the function that 00-open.js begins. */
})();
