// Emits: how many records there are of each user, after each record; the last row of a user stays.
package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"slices"
)

func main() {
	in := csv.NewReader(os.Stdin)
	header, _ := in.Read()
	user := slices.Index(header, "user")
	fmt.Println("user,n") // the header of its own rows: ready
	counts := map[string]int{}
	for record, err := in.Read(); err == nil; record, err = in.Read() {
		counts[record[user]]++
		fmt.Printf("%s,%d\n", record[user], counts[record[user]])
	}
}
