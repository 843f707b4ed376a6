// A worker written with boomer: sends GET requests to a URL and reports them to a Locust master, one in ten as failed.
package main

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/myzhan/boomer"
)

var url = flag.String("url", "", "where requests go")

func main() {
	client := &http.Client{Timeout: 5 * time.Second}
	sent := 0
	boomer.Run(&boomer.Task{
		Name:   "fetch",
		Weight: 1,
		Fn: func() {
			begin := time.Now()
			response, err := client.Get(*url)
			elapsed := time.Since(begin).Milliseconds()
			if err != nil {
				boomer.RecordFailure("GET", "boomer", elapsed, err.Error())
				return
			}
			length, _ := io.Copy(io.Discard, response.Body)
			response.Body.Close()
			if sent++; sent%10 == 0 {
				boomer.RecordFailure("GET", "boomer", elapsed, "every tenth")
			} else {
				boomer.RecordSuccess("GET", "boomer", elapsed, length)
			}
			time.Sleep(10 * time.Millisecond)
		},
	})
	fmt.Println("boomer has ended")
}
