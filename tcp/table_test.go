package tcp

import "testing"

func TestTableIsSound(t *testing.T) {
	for _, problem := range RFC.Check() {
		t.Error(problem)
	}
}
