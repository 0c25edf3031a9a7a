/** Values from the schemas of the contract: what they allow, and what comes close. */
import fc from "fast-check";

export type Schema = { readonly [key: string]: unknown };
export type Components = { readonly [name: string]: Schema };

/** Long enough to differ, short enough for two thousand requests. */
const longest = 12;

/**
 * Values the schema allows. Numbers stay near their lower bound and lists short: what is tried is the shape of requests,
 * not how much the service can bear. `known` offers values for strings, by the name of their field.
 */
export function valuesOf(
  schema: Schema,
  components: Components,
  known: (field: string) => fc.Arbitrary<string> | null,
  field = "",
): fc.Arbitrary<unknown> {
  const of = (inner: Schema, name = field) => valuesOf(inner, components, known, name);
  if (typeof schema.$ref === "string") return of(components[schema.$ref.split("/").at(-1)!]!);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
  if ("const" in schema) return fc.constant(schema.const);
  const choices = (schema.oneOf ?? schema.anyOf) as Schema[] | undefined;
  if (choices !== undefined) return fc.oneof(...choices.map((choice) => of(choice)));
  if (Array.isArray(schema.allOf)) return of(schema.allOf[0] as Schema);
  if (Array.isArray(schema.type)) return fc.oneof(...schema.type.map((type) => of({ ...schema, type })));
  switch (schema.type) {
    case "null":
      return fc.constant(null);
    case "boolean":
      return fc.boolean();
    case "integer":
    case "number":
      return numbers(schema);
    case "string": {
      const { minLength = 0, maxLength = longest } = schema as { minLength?: number; maxLength?: number };
      const any = fc.string({ minLength, maxLength: Math.max(minLength, Math.min(maxLength, longest)) });
      const offered = known(field);
      return offered === null ? any : fc.oneof({ weight: 4, arbitrary: offered }, { weight: 1, arbitrary: any });
    }
    case "array": {
      const { minItems = 0, maxItems = 3 } = schema as { minItems?: number; maxItems?: number };
      return fc.array(of(schema.items as Schema), {
        minLength: minItems,
        maxLength: Math.max(minItems, Math.min(maxItems, 3)),
      });
    }
    case "object":
      return objects(schema, of);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function numbers(schema: Schema): fc.Arbitrary<number> {
  const { minimum, exclusiveMinimum, maximum, type } = schema as {
    minimum?: number;
    exclusiveMinimum?: number;
    maximum?: number;
    type: string;
  };
  const whole = type === "integer";
  const low = minimum ?? exclusiveMinimum ?? -5;
  const high = Math.min(maximum ?? Number.POSITIVE_INFINITY, low + (whole ? 4 : 1));
  if (whole) return fc.integer({ min: low, max: high });
  return fc.double({ min: low, max: high, noNaN: true, minExcluded: exclusiveMinimum !== undefined });
}

function objects(schema: Schema, of: (inner: Schema, name: string) => fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const properties = Object.entries((schema.properties ?? {}) as Components);
  const required = (schema.required ?? []) as string[];
  const named = fc.record(Object.fromEntries(properties.map(([name, inner]) => [name, of(inner, name)])), {
    requiredKeys: required,
  });
  if (typeof schema.additionalProperties !== "object") return named;
  const more = fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), of(schema.additionalProperties as Schema, ""), {
    maxKeys: 3,
  });
  return fc.tuple(named, more).map(([first, second]) => ({ ...second, ...(first as object) }));
}

const junk = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    "",
    "../../etc/passwd",
    "\u0000",
    "a\r\nx-injected: 1",
    "x".repeat(3000),
    -1,
    1e308,
    [],
    {},
    null,
  ),
);

/** The value with one thing wrong: a part replaced, a field too many or one too few. It may still be allowed by chance. */
export function spoiled(values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .tuple(values, fc.nat(), fc.constantFrom("replace", "add", "remove"), junk)
    .map(([value, at, how, wrong]) => {
      const copy = structuredClone(value);
      const places = placesIn(copy);
      if (places.length === 0) return wrong;
      const [holder, key] = places[at % places.length]!;
      if (how === "replace") Reflect.set(holder, key, wrong);
      else if (how === "remove") Reflect.deleteProperty(holder, key);
      else Reflect.set(holder, Array.isArray(holder) ? holder.length : "unheardOf", wrong);
      return copy;
    });
}

function placesIn(value: unknown): [object, string][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]): [object, string][] => [[value, key], ...placesIn(inner)]);
}
