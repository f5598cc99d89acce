package gtk

/*
#cgo pkg-config: gtk+-3.0
#include <stdlib.h>
#include <gtk/gtk.h>

static void set_right_to_left(int right) {
	gtk_widget_set_default_direction(right ? GTK_TEXT_DIR_RTL : GTK_TEXT_DIR_LTR);
}

static void set_accessible(void *widget, const char *name, int role) {
	AtkObject *a = gtk_widget_get_accessible(GTK_WIDGET(widget));
	atk_object_set_name(a, name);
	if (role >= 0) atk_object_set_role(a, role);
}

static double font_size(void *widget) {
	GtkStyleContext *c = gtk_widget_get_style_context(GTK_WIDGET(widget));
	double size = 0;
	gtk_style_context_get(c, gtk_style_context_get_state(c), "font-size", &size, NULL);
	return size;
}

static void left_to_right(void *widget) { gtk_widget_set_direction(GTK_WIDGET(widget), GTK_TEXT_DIR_LTR); }
*/
import "C"

import (
	"unsafe"

	"github.com/gotk3/gotk3/gtk"
)

// setDirection mirrors every widget made from now on; gotk3 has no such call.
func setDirection(right bool) {
	n := C.int(0)
	if right {
		n = 1
	}
	C.set_right_to_left(n)
}

// Roles beyond those that widgets have by themselves.
const (
	roleOwn     = -1
	roleHeading = int(C.ATK_ROLE_HEADING)
	roleImage   = int(C.ATK_ROLE_IMAGE)
	roleDialog  = int(C.ATK_ROLE_DIALOG)
)

// setAccessible names w for people who do not see it.
func setAccessible(w *gtk.Widget, name string, role int) {
	s := C.CString(name)
	defer C.free(unsafe.Pointer(s))
	C.set_accessible(unsafe.Pointer(w.GObject), s, C.int(role))
}

// fontSize is the size of w's text in pixels.
func fontSize(w *gtk.Widget) float64 { return float64(C.font_size(unsafe.Pointer(w.GObject))) }

// leftToRight keeps w from being mirrored.
func leftToRight(w *gtk.Widget) { C.left_to_right(unsafe.Pointer(w.GObject)) }
