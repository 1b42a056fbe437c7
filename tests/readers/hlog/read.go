// Prints what Go reads: a line for each log.
package main

import (
	"bytes"
	"fmt"
	"os"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

func main() {
	for _, path := range os.Args[1:] {
		text, err := os.ReadFile(path)
		if err != nil {
			panic(err)
		}
		log, err := hdr.NewHistogramLogReader(bytes.NewReader(text)).NextIntervalHistogram()
		if err != nil {
			panic(err)
		}
		tag := log.Tag()
		if tag == "" {
			tag = "-"
		}
		fmt.Print(log.TotalCount(), " ", log.StartTimeMs(), " ", log.EndTimeMs(), " ", tag, " ", log.Min(), " ", log.Max())
		for _, percentile := range []float64{50, 90, 99, 99.9, 100} {
			fmt.Print(" ", log.ValueAtQuantile(percentile))
		}
		fmt.Println()
	}
}
