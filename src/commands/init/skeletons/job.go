// A streaming job: reads records from stdin, writes rows to stdout. It counts the records of each @KEY@: put your own here.
package main

import (
	"encoding/csv"
	"io"
	"log"
	"os"
	"slices"
	"strconv"
)

func main() {
	in, out := csv.NewReader(os.Stdin), csv.NewWriter(os.Stdout)
	header, err := in.Read()
	if err != nil {
		log.Fatal(err)
	}
	column := slices.Index(header, "@KEY@")
	out.Write([]string{"@KEY@", "n"}) // the header of its own rows: ready
	out.Flush()
	counts := map[string]int{}
	for {
		record, err := in.Read()
		if err == io.EOF {
			break
		} else if err != nil {
			log.Fatal(err)
		}
		counts[record[column]]++
	}
	for key, n := range counts {
		out.Write([]string{key, strconv.Itoa(n)}) // a row may come at any time
	}
	out.Flush()
}
