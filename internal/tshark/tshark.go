// Package tshark asks Wireshark's decoder, in tests, what it reads in a
// capture. It shares nothing with this project, so what it says is a second
// opinion on every octet.
package tshark

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// separator parts the fields of a row; no field holds it.
const separator = "\x1f"

// Require returns the path of tshark. A test that needs it is skipped where it
// is not installed, but fails where CI=true says that it has to be.
func Require(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("tshark")
	if err == nil {
		return path
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("want tshark, for CI=true is set, found none: %v", err)
	}
	t.Skipf("tshark is not installed: %v", err)
	return ""
}

// Fields are the given fields of each packet in the file that the display
// filter lets pass ("" for all), one row a packet. Several values of one field
// are joined by commas. Checksums are verified, and names are those that the
// file itself holds.
func Fields(t testing.TB, file, filter string, fields ...string) [][]string {
	t.Helper()
	args := []string{
		"-r", file, "-T", "fields", "-E", "separator=" + separator,
		"-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "sctp.checksum:CRC-32c",
		"-o", "nameres.network_name:TRUE", "-o", "nameres.use_external_name_resolver:FALSE",
	}
	if filter != "" {
		args = append(args, "-Y", filter)
	}
	for _, field := range fields {
		args = append(args, "-e", field)
	}
	cmd := exec.Command(Require(t), args...)
	// Not this user's preferences, time zone or language.
	home := t.TempDir()
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "WIRESHARK_CONFIG_DIR="+home, "TZ=UTC", "LC_ALL=C.UTF-8")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("tshark %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	var rows [][]string
	for line := range strings.Lines(stdout.String()) {
		rows = append(rows, strings.Split(strings.TrimRight(line, "\r\n"), separator))
	}
	return rows
}
