package receipttest

import "murur/devices/receipt"

func text(ar, en string) *receipt.Text { return &receipt.Text{Ar: ar, En: en} }

func field(ar, en, value, arValue string) *receipt.Field {
	return &receipt.Field{Label: receipt.Text{Ar: ar, En: en}, Value: value, ArValue: arValue}
}

// Fines is a typical receipt for two traffic fines, with made-up numbers.
func Fines() receipt.Document {
	return receipt.Document{Blocks: []receipt.Block{
		{Heading: text("الإدارة العامة للمرور", "General Traffic Department")},
		{Heading: text("إيصال دفع مخالفات", "Traffic fines receipt")},
		{Rule: true},
		{Field: field("رقم الإيصال", "Receipt number", "R-2025-000123", "")},
		{Field: field("التاريخ والوقت", "Date and time", "2025-06-14 10:32", "")},
		{Field: field("الرقم المدني", "Civil number", "2850•••••••7", "")},
		{Rule: true},
		{Text: text("تجاوز السرعة المقررة (أكثر من 20 كم/س)", "Exceeding the speed limit (more than 20 km/h)")},
		{Field: field("رقم المخالفة", "Violation number", "104482913", "")},
		{Field: field("المبلغ", "Amount", "KD 15.000", "15.000 د.ك")},
		{Space: 1},
		{Text: text("الوقوف في مكان ممنوع", "Parking in a prohibited place")},
		{Field: field("رقم المخالفة", "Violation number", "104517760", "")},
		{Field: field("المبلغ", "Amount", "KD 5.000", "5.000 د.ك")},
		{Rule: true},
		{Money: field("المجموع المدفوع", "Total paid", "KD 20.000", "20.000 د.ك")},
		{Rule: true},
		{Field: field("طريقة الدفع", "Payment", "K-NET", "كي نت")},
		{Field: field("البطاقة", "Card", "**** **** **** 4821", "")},
		{Field: field("جهاز الدفع", "Terminal", "52500041", "")},
		{Field: field("رقم العملية", "Trace", "000317", "")},
		{Rule: true},
		{Text: text("قد يستغرق تسجيل الدفع في سجلات الوزارة حتى 15 دقيقة. احتفظ بهذا الإيصال كإثبات للدفع.",
			"Recording at the ministry can take up to 15 minutes. Keep this receipt as proof of payment.")},
		{QR: "R-2025-000123"},
		{Field: field("الجهاز", "Kiosk", "KSK-0142", "")},
	}}
}

// Corners is a document of the cases that a layout gets wrong: long labels and
// values, one language missing, text of the other direction inside, many digits.
func Corners() receipt.Document {
	return receipt.Document{Blocks: []receipt.Block{
		{Heading: text("شهادة مخالصة من المخالفات المرورية والغرامات", "Clearance certificate for traffic fines and penalties")},
		{Text: text("مخالفة رقم 104482913 بتاريخ 2025-06-14 10:32 (شارع الخليج - K-NET 52500041).", "")},
		{Text: text("", "Violation in شارع 20 الخليج العربي, Kuwait City (plate 12/34567).")},
		{Field: field("المكان", "Place", "شارع الخليج العربي، قطعة 3", "")},
		{Field: field("اسم الشركة صاحبة المركبات المخالفة", "Company that owns the vehicles", "Example Trading & Contracting Company W.L.L.", "شركة المثال للتجارة العامة والمقاولات ذ.م.م")},
		{Field: field("المبلغ", "Amount", "KD 1,234,567.890", "1,234,567.890 د.ك")},
		{Field: field("", "English only", "A-1", "")},
		{Field: field("عربي فقط", "", "١٢٣", "")},
		{Money: field("المجموع", "Total", "KD 1,234,567.890", "1,234,567.890 د.ك")},
		{QR: "https://example.org/verify?number=C-2025-000045&signature=0123456789abcdef0123456789abcdef0123456789abcdef"},
	}}
}
