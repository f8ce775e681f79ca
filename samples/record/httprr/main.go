// Records the httprr samples from server.py: a stand-in that keeps what httprr keeps, from a real net/http exchange,
// with Go's own wire writers: the request as to a proxy, the response with its body read to the end.
//
//	go run main.go http://127.0.0.1:8765 OUT_DIR
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

type sample struct {
	File, Recorder, Host string
	Options              struct{ LF bool }
	Requests             []struct {
		Method, Path string
		Headers      map[string]string
		Body         *string
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// record writes one pair: the lengths, and the bytes of both.
func record(out *bytes.Buffer, s sample, base string, n, i int) {
	r := s.Requests[i]
	body := ""
	if r.Body != nil {
		body = *r.Body
	}
	send := func(url string) *http.Request {
		request, err := http.NewRequest(r.Method, url, strings.NewReader(body))
		check(err)
		for name, value := range r.Headers {
			request.Header.Set(name, value)
		}
		return request
	}
	var sent, received bytes.Buffer
	kept := send(s.Host + r.Path)
	kept.Host = must(url.Parse(s.Host)).Host
	check(kept.WriteProxy(&sent))
	response, err := (&http.Transport{DisableCompression: true}).RoundTrip(send(fmt.Sprintf("%s/%d/%d%s", base, n, i, r.Path)))
	check(err)
	check(response.Write(&received))
	request, answer := sent.Bytes(), received.Bytes()
	if s.Options.LF { // as files are that were edited by hand
		request, answer = lineFeeds(request), lineFeeds(answer)
	}
	fmt.Fprintf(out, "%d %d\n%s%s", len(request), len(answer), request, answer)
}

func lineFeeds(message []byte) []byte {
	head, body, _ := bytes.Cut(message, []byte("\r\n\r\n"))
	return append(append(bytes.ReplaceAll(head, []byte("\r\n"), []byte("\n")), "\n\n"...), body...)
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func main() {
	base, out := os.Args[1], os.Args[2]
	answer := must(http.Get(base + "/_plan"))
	var plan []sample
	check(json.Unmarshal(must(io.ReadAll(answer.Body)), &plan))
	for n, s := range plan {
		if s.Recorder != "httprr" {
			continue
		}
		trace := bytes.NewBufferString("httprr trace v1\n")
		for i := range s.Requests {
			record(trace, s, base, n, i)
		}
		path := filepath.Join(out, s.File)
		check(os.MkdirAll(filepath.Dir(path), 0o755))
		text := trace.Bytes()
		if strings.HasSuffix(path, ".gz") {
			var packed bytes.Buffer
			writer := gzip.NewWriter(&packed)
			must(writer.Write(text))
			check(writer.Close())
			text = packed.Bytes()
		}
		check(os.WriteFile(path, text, 0o644))
		fmt.Println(path)
	}
}
