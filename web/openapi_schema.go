package web

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/swaggest/jsonschema-go"
	"github.com/swaggest/openapi-go"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/questions"
)

// schemaRules make the reflector say what the validator and the encoder do.
var schemaRules = []func(*jsonschema.ReflectContext){
	jsonschema.InterceptDefName(func(t reflect.Type, _ string) string {
		return strings.ToUpper(t.Name()[:1]) + strings.TrimSuffix(t.Name()[1:], "Entry")
	}),
	jsonschema.InterceptNullability(nullable),
	jsonschema.InterceptSchema(worded),
	jsonschema.InterceptSchema(closed),
	jsonschema.InterceptProp(constrained),
}

// nullable leaves null to pointers in answers and to types that ask for it
// themselves: an empty list is written as one, and callers leave out what they do
// not have.
func nullable(p jsonschema.InterceptNullabilityParams) {
	switch p.Type.Kind() {
	case reflect.Slice, reflect.Map:
		p.Schema.RemoveType(jsonschema.Null)
	case reflect.Pointer:
		if !answering(p.Context) {
			p.Schema.RemoveType(jsonschema.Null)
		}
	}
}

// vocabularies are the words some types are limited to.
var vocabularies = map[reflect.Type][]any{
	reflect.TypeFor[questions.Lang]():   {questions.Chinese, questions.English},
	reflect.TypeFor[questions.Status](): {questions.DraftAuthorKey, questions.SMEReviewed, questions.Piloted, questions.Validated},
	reflect.TypeFor[assess.Stage]():     anys(assess.Stages),

	reflect.TypeFor[assess.DeliveryState](): anys(assess.DeliveryStates),
	reflect.TypeFor[assess.Verdict]():       {assess.Arrived, assess.Again, assess.Refused, assess.Gone},
}

// worded describes the types whose JSON their Go form does not tell.
func worded(p jsonschema.InterceptSchemaParams) (stop bool, err error) {
	if p.Value.Type() == reflect.TypeFor[assess.Time]() {
		p.Schema.WithType(jsonschema.Type{SliceOfSimpleTypeValues: []jsonschema.SimpleType{jsonschema.String, jsonschema.Null}})
		p.Schema.WithFormat("date-time")
		return true, nil
	}
	if words, ok := vocabularies[p.Value.Type()]; ok && p.Processed {
		p.Schema.WithEnum(words...)
	}
	return false, nil
}

func anys[T any](all []T) []any {
	out := make([]any, len(all))
	for i, v := range all {
		out[i] = v
	}
	return out
}

// closed refuses unknown members in what callers send; what they receive may
// grow, so it stays open.
func closed(p jsonschema.InterceptSchemaParams) (stop bool, err error) {
	op, ok := openapi.OperationCtx(p.Context)
	if ok && op.ProcessingIn() == openapi.InBody && !op.IsProcessingResponse() && p.Processed && reflect.Indirect(p.Value).Kind() == reflect.Struct {
		p.Schema.WithAdditionalProperties(*new(jsonschema.SchemaOrBool).WithTypeBoolean(false))
	}
	return false, nil
}

func answering(rc *jsonschema.ReflectContext) bool {
	op, ok := openapi.OperationCtx(rc)
	return ok && op.IsProcessingResponse()
}

// constrained reads a field's binding tag, as the validator does. In an answer
// every member is there that may not be left out.
func constrained(p jsonschema.InterceptPropParams) error {
	if !p.Processed {
		return nil
	}
	if answering(p.Context) {
		if tag, ok := p.Field.Tag.Lookup("json"); ok && !strings.Contains(tag, ",omit") {
			require(p)
		}
		return nil
	}
	schema, t := p.PropertySchema, p.Field.Type
	for _, rule := range strings.Split(p.Field.Tag.Get("binding"), ",") {
		name, limit, _ := strings.Cut(rule, "=")
		switch name {
		case "required":
			require(p)
		case "email":
			schema.WithFormat("email")
		case "oneof":
			if schema.Ref == nil { // a type with its own vocabulary has said so
				schema.WithEnum(enumerated(t, limit)...)
			}
		case "unique":
			schema.WithUniqueItems(true)
		case "min", "max", "len":
			n, err := strconv.ParseInt(limit, 10, 64)
			if err != nil {
				return err
			}
			bound(schema, t, name, n)
		case "dive":
			schema, t = schema.Items.SchemaOrBool.TypeObject, t.Elem()
		}
	}
	return nil
}

func require(p jsonschema.InterceptPropParams) {
	for _, name := range p.ParentSchema.Required {
		if name == p.Name {
			return
		}
	}
	p.ParentSchema.Required = append(p.ParentSchema.Required, p.Name)
}

// enumerated writes the words of a oneof rule as values of the field's type.
func enumerated(t reflect.Type, words string) []any {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var values []any
	for _, word := range strings.Fields(words) {
		if n, err := strconv.Atoi(word); err == nil && t.Kind() != reflect.String {
			values = append(values, n)
		} else {
			values = append(values, word)
		}
	}
	return values
}

// bound limits a number's value, a text's length or a list's.
func bound(schema *jsonschema.Schema, t reflect.Type, rule string, n int64) {
	least, most := rule != "max", rule != "min"
	switch t.Kind() {
	case reflect.Slice:
		if least {
			schema.WithMinItems(n)
		}
		if most {
			schema.WithMaxItems(n)
		}
	case reflect.String:
		if least {
			schema.WithMinLength(n)
		}
		if most {
			schema.WithMaxLength(n)
		}
	default:
		if least {
			schema.WithMinimum(float64(n))
		}
		if most {
			schema.WithMaximum(float64(n))
		}
	}
}
