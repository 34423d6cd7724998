// Package e2e tests the product as people use it: the real relay binary, and
// pages in a real Chromium that are driven by real pointer events.
//
// The tests need Chromium and a built relay, so they carry the build tag e2e;
// scripts/test.sh provides both. EDGEBOARD_CHROMIUM names another browser
// binary, EDGEBOARD_RELAY another relay.
package e2e
