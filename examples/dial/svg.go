package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"time"
)

// The measures of a picture.
const (
	rowHeight = 28
	barLeft   = 260
	barWidth  = 520
	pageWidth = barLeft + barWidth + 200
	headRoom  = 64
)

const style = `
    .back { fill: #ffffff; stroke: #d0d7de; }
    text { fill: #1f2328; }
    .dim { fill: #59636e; }
    .grid { stroke: #d0d7de; }
    .ask { fill: #ddf4ff; stroke: #54aeff; }
    .try { fill: #f6f8fa; stroke: #8c959f; }
    .lost { fill: #ffd8d3; stroke: #cf222e; }
    .won { fill: #a6e3b0; stroke: #1a7f37; }
    .shake { fill: none; stroke: #1f2328; stroke-dasharray: 3 3; }
    @media (prefers-color-scheme: dark) {
      .back { fill: #0d1117; stroke: #3d444d; }
      text { fill: #f0f6fc; }
      .dim { fill: #9198a1; }
      .grid { stroke: #3d444d; }
      .ask { fill: #0c2d6b; stroke: #388bfd; }
      .try { fill: #21262d; stroke: #8b949e; }
      .lost { fill: #67060c; stroke: #f85149; }
      .won { fill: #033a16; stroke: #2ea043; }
      .shake { stroke: #f0f6fc; }
    }
  `

// draw returns the timeline as a picture.
func (t *timeline) draw(title string) []byte {
	var b bytes.Buffer
	height := headRoom + rowHeight*len(t.bars) + 20
	fmt.Fprintf(&b, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" font-family=\"system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif\" font-size=\"13\">\n", pageWidth, height)
	fmt.Fprintf(&b, "  <title>%s</title>\n  <style>%s</style>\n", escape("Dialing "+title), style)
	fmt.Fprintf(&b, "  <rect class=\"back\" x=\"0.5\" y=\"0.5\" width=\"%d\" height=\"%d\" rx=\"8\"/>\n", pageWidth-1, height-1)
	fmt.Fprintf(&b, "  <text x=\"16\" y=\"26\" font-weight=\"600\">%s</text>\n", escape(title+" in "+millis(t.total)))
	t.grid(&b, height)
	for i, bar := range t.bars {
		t.row(&b, bar, headRoom+rowHeight*i)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// grid draws four marks of time.
func (t *timeline) grid(b *bytes.Buffer, height int) {
	for i := range 5 {
		at := t.total * time.Duration(i) / 4
		x := t.x(at)
		fmt.Fprintf(b, "  <line class=\"grid\" x1=\"%.1f\" y1=\"54\" x2=\"%.1f\" y2=\"%d\"/>\n", x, x, height-12)
		fmt.Fprintf(b, "  <text class=\"dim\" x=\"%.1f\" y=\"48\" text-anchor=\"middle\" font-size=\"11\">%s</text>\n", x, millis(at))
	}
}

// row draws one bar, whose upper edge is y.
func (t *timeline) row(b *bytes.Buffer, bar *bar, y int) {
	class := "try"
	switch {
	case bar.won:
		class = "won"
	case bar.failed:
		class = "lost"
	case !bar.addr.IsValid():
		class = "ask"
	}
	from, to := t.x(bar.start), t.x(bar.end)
	fmt.Fprintf(b, "  <text x=\"16\" y=\"%d\">%s</text>\n", y+16, escape(bar.label))
	fmt.Fprintf(b, "  <rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"16\" rx=\"3\"/>\n", class, from, y+4, max(3, to-from))
	if bar.connected > 0 {
		fmt.Fprintf(b, "  <line class=\"shake\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>\n", t.x(bar.connected), y+4, t.x(bar.connected), y+20)
	}
	fmt.Fprintf(b, "  <text class=\"dim\" x=\"%.1f\" y=\"%d\" font-size=\"11\">%s</text>\n", max(to, from+3)+6, y+16, escape(bar.what))
}

// x is where an instant lies.
func (t *timeline) x(at time.Duration) float64 {
	return barLeft + barWidth*float64(at)/float64(max(t.total, 1))
}

func escape(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text)) // a buffer takes all
	return b.String()
}
