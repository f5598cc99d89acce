// Package gtk draws views (package view) in a GTK 3 window. It is the only package
// that knows the toolkit.
//
// There is one window. Each Screen of the kiosk, and each touch that only concerns
// the screen itself, becomes one view and one page of new widgets; the old page is
// dropped with everything its buttons could still call. A touch that goes to the
// kiosk turns the page off until the next Screen, or until the kiosk has said that
// it was not taken; so a second touch, or one for a screen that is gone, does
// nothing. Money and cards live in another process: ending this one loses nothing.
//
// The look is one style sheet (style.css) with two palettes, and our own drawings of
// this cabinet (art/*.svg, drawn by librsvg through gdk-pixbuf). Portrait and
// landscape are two arrangements of the same parts. Words, their order and what a
// control does come from the view; this package adds places, sizes and pictures.
//
// Traps of gotk3 that are handled here: there is no call for the default text
// direction or for accessible names (native.go); finalizers run on a foreign thread
// (styles.go collects them for the GTK thread); Widget.GetPreferredSize frees
// memory that Go owns and must not be called.
package gtk
