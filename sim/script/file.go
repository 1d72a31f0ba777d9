package script

import (
	"regexp"
	"slices"
	"strings"

	"simrun/sim"
)

// File is a scenario file, parsed.
type File struct {
	Title    string   // what its first line says after the name
	Doc      string   // the whole comment as text, without tags and references
	Ref      []string // the texts it shows, "RFC 9293 3.6.1"
	Tags     []string
	Scenario *sim.Scenario
	Checks   []Check
	Captures []Capture
	Want     string // the golden ladder; "" if there is no such section
	WantLine int    // the line of its title; 0 if there is no such section

	file string
}

// Parse compiles a file. The name is the scenario's ("tcp/last-ack-lost"); if
// empty it is the one that the comment begins with. The file's own name
// stands in positions. The error is an *Error: the first mistake.
func Parse(name, file string, src []byte) (f *File, err error) {
	defer rescue(&err)
	p := &parser{source: newSource(file, string(src)), sc: &sim.Scenario{Name: name}}
	f = &File{Scenario: p.sc, file: file}
	comment, sections := p.sections(src)
	f.comment(comment)
	p.checkTitles(sections)
	for _, sec := range sections {
		if sec.words[0].src == "net" {
			p.net(sec)
		}
	}
	if len(p.sc.Hosts) == 0 {
		p.failAt(len(p.lines), 0, 0, `want a section "-- net --", found none`)
	}
	for _, sec := range sections {
		switch sec.words[0].src {
		case "app":
			p.app(sec)
		case "inject":
			p.inject(sec)
		case "check":
			p.checks(sec, f)
		case "want":
			f.Want, f.WantLine = string(sec.data), sec.title.line
		}
	}
	return f, nil
}

var sectionNames = []string{"net", "app", "inject", "check", "want"}

// checkTitles checks that every section is known and stands once.
func (p *parser) checkTitles(sections []section) {
	seen := map[string]int{}
	for _, sec := range sections {
		first := sec.words[0]
		if !slices.Contains(sectionNames, first.src) {
			p.fail(first, "%s", unknown("section", first.src, sectionNames))
		}
		if first.src != "app" && len(sec.words) > 1 {
			p.fail(sec.words[1], `want " --", found %q`, sec.words[1].src)
		}
		key := ""
		for _, w := range sec.words[:min(len(sec.words), 3)] {
			key += strings.ToLower(w.src) + " "
		}
		if seen[key] > 0 {
			p.fail(sec.title, "duplicate section: line %d has %q already", seen[key], strings.TrimSpace(p.lines[seen[key]-1]))
		}
		seen[key] = sec.title.line
	}
}

var (
	nameLine = regexp.MustCompile(`^([a-z0-9]+(?:[/-][a-z0-9]+)*):\s*(.*)$`)
	rfcStart = regexp.MustCompile(`RFC \d+`)
	rfcEnd   = regexp.MustCompile(`(?:^|[\s(])((?:RFC \d+[^.;]*(?:\.\d[^.;]*)*[.;,]?\s*)+)$`)
)

// comment reads the name, the title, the tags and the references of the
// comment on top.
func (f *File) comment(text string) {
	var doc []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "#"))
		if tags, ok := strings.CutPrefix(line, "tags:"); ok {
			f.Tags = append(f.Tags, list(tags)...)
		} else if refs, ok := strings.CutPrefix(line, "ref:"); ok {
			f.Ref = append(f.Ref, references(refs)...)
		} else {
			doc = append(doc, line)
		}
	}
	f.Doc = strings.TrimSpace(strings.Join(doc, "\n"))
	if m := rfcEnd.FindStringSubmatch(strings.Join(doc, " ")); m != nil && f.Ref == nil {
		f.Ref = references(m[1])
	}
	first, _, _ := strings.Cut(f.Doc, "\n")
	if m := nameLine.FindStringSubmatch(first); m != nil {
		if f.Scenario.Name == "" {
			f.Scenario.Name = m[1]
		}
		first = m[2]
	}
	if m := rfcEnd.FindStringIndex(first); m != nil {
		first = first[:m[0]]
	}
	f.Title = strings.TrimRight(first, " .;,:")
}

// list parts words at commas.
func list(s string) []string {
	var out []string
	for item := range strings.SplitSeq(s, ",") {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return out
}

// references parts "RFC 9293 3.6.1, RFC 6298 2.2, 2.4" before each RFC.
func references(s string) []string {
	var out []string
	starts := rfcStart.FindAllStringIndex(s, -1)
	for i, m := range starts {
		end := len(s)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		out = append(out, strings.Trim(s[m[0]:end], " .,;()"))
	}
	return out
}
