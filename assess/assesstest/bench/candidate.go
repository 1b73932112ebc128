package bench

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"

	"github.com/fourfold/fourfold/questions"
)

// Candidate saves answers the way the script of an item's page does, to any item
// of a started sitting, each with the next revision.
type Candidate struct {
	*Client
	answers   [][]string // By position, complete responses as JSON.
	revisions []int64
	body      []byte
}

// Seat gives the holder of a cookie a connection to a server.
func Seat(address, cookie string, form *questions.Form) (*Candidate, error) {
	client, err := Dial(address)
	if err != nil {
		return nil, err
	}
	client.Cookie = cookie
	c := &Candidate{Client: client, revisions: make([]int64, len(form.Items))}
	for _, item := range form.Items {
		var answers []string
		for r := range item.Responses() {
			text, err := json.Marshal(r)
			if err != nil {
				return nil, err
			}
			answers = append(answers, string(text))
			if len(answers) == 2 {
				break
			}
		}
		c.answers = append(c.answers, answers)
	}
	return c, nil
}

// Next saves an answer to an item taken by chance.
func (c *Candidate) Next() error {
	position := rand.IntN(len(c.revisions))
	if err := c.save(position, c.revisions[position]+1); err != nil {
		return err
	}
	c.revisions[position]++
	return nil
}

// SaveAll gives every item its first answer, in the order of the form.
func (c *Candidate) SaveAll() error {
	for position := range c.revisions {
		if err := c.SaveFirst(position); err != nil {
			return err
		}
	}
	return nil
}

// SaveFirst gives one item its first answer.
func (c *Candidate) SaveFirst(position int) error {
	c.revisions[position] = 1
	return c.save(position, 1)
}

// save fails unless the answer was kept.
func (c *Candidate) save(position int, revision int64) error {
	answers := c.answers[position]
	c.body = fmt.Appendf(c.body[:0], `{"revision":%d,"response":%s,"spent_ms":1000}`, revision, answers[revision%int64(len(answers))])
	r, err := c.PostJSON("/sit/items/"+strconv.Itoa(position+1), c.body)
	if err == nil && r.Status != http.StatusOK {
		err = fmt.Errorf("save %s: %d %s", c.body, r.Status, r.Body)
	}
	return err
}
