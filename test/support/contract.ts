/**
 * Every response a test sees is held against the OpenAPI document: path, method, status, media type, schema, headers.
 * Objects are closed for this check, so that a field that leaked out of a record is a failure too.
 */
import { Ajv2020 } from "ajv/dist/2020.js";

type Json = Record<string, unknown>;

interface DocumentedResponse {
  content?: Record<string, { schema: Json }>;
  headers?: Record<string, { $ref?: string }>;
}

/** Headers that say something about the message and not about the resource; HTTP defines them, no document repeats them. */
const ofHttp =
  /^(connection|transfer-encoding|content-(type|length|security-policy)|cache-control|referrer-policy|x-content-type-options)$/;

/** Objects with listed properties accept no others; a schema that is only combined stays open. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== "object" || node === null) return node;
  const copy = Object.fromEntries(
    Object.entries(node as Json).map(([key, value]) => [key, key === "example" ? value : closed(value)]),
  );
  if (copy.type === "object" && copy.properties !== undefined && copy.additionalProperties === undefined) {
    copy.additionalProperties = false;
  }
  return copy;
}

const pointer = (part: string): string => part.replaceAll("~", "~0").replaceAll("/", "~1");

export interface Frame {
  readonly id?: string;
  readonly event?: string;
  readonly data: string;
}

/** Server-sent events of a finished stream; comments and retry hints are not events. */
export function framesOf(text: string): Frame[] {
  const frames = text.split("\n\n").map((block) => {
    const fields = block.split("\n").filter((line) => /^(id|event|data): /.test(line));
    return Object.fromEntries(
      fields.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
    );
  });
  return frames.filter((frame) => frame.data !== undefined) as unknown as Frame[];
}

export class Contract {
  readonly paths: Record<
    string,
    Record<string, { operationId: string; responses: Record<string, DocumentedResponse> }>
  >;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
  constructor(document: Json) {
    this.paths = document.paths as Contract["paths"];
    this.#ajv.addFormat("date-time", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    this.#ajv.addFormat("binary", true);
    this.#ajv.addSchema({ ...(closed(document) as Json), $id: "contract" });
  }

  /** @throws Error naming what does not fit. */
  validate(name: string, value: unknown): void {
    this.#validateAt(`#/components/schemas/${name}`, value, name);
  }

  #validateAt(reference: string, value: unknown, where: string): void {
    const validate = this.#ajv.getSchema(`contract${reference}`);
    if (validate === undefined) throw new Error(`${where}: no schema at ${reference}.`);
    if (validate(value) !== true) {
      throw new Error(`${where}: ${this.#ajv.errorsText(validate.errors)}\n${JSON.stringify(value)}`);
    }
  }

  #template(path: string): string | undefined {
    const exact = Object.keys(this.paths).find((template) => template === path);
    if (exact !== undefined) return exact;
    return Object.keys(this.paths).find((template) => {
      const pattern = template
        .replaceAll(".", "\\.")
        .replaceAll(/\{\w+\}/g, template === "/v1/models/{id}" ? ".+" : "[^/]+");
      return new RegExp(`^${pattern}$`).test(path);
    });
  }

  /** Checks one answer; requests to routes or methods that do not exist are only checked to be problems. */
  async check(method: string, path: string, response: Response): Promise<void> {
    const where = `${method} ${path} -> ${response.status}`;
    const template = this.#template(path);
    const operation = template === undefined ? undefined : this.paths[template]?.[method.toLowerCase()];
    const type = (response.headers.get("content-type") ?? "").split(";")[0] ?? "";
    for (const name of ["x-request-id", "server-timing"]) {
      if (response.headers.get(name) === null) throw new Error(`${where}: no ${name}.`);
    }
    if (template === undefined || operation === undefined) {
      if (response.status !== 404 && response.status !== 405) throw new Error(`${where}: not documented.`);
      const openAi = type === "application/json";
      this.validate(openAi ? "OpenAiError" : "Problem", await response.json());
      return;
    }
    const documented = operation.responses[String(response.status)];
    if (documented === undefined) throw new Error(`${where}: status not declared (${await response.text()}).`);
    const declared = Object.keys(documented.headers ?? {}).map((name) => name.toLowerCase());
    for (const name of response.headers.keys()) {
      if (!ofHttp.test(name) && !declared.includes(name)) throw new Error(`${where}: header ${name} not declared.`);
    }
    if (documented.content === undefined) {
      if ((await response.text()) !== "") throw new Error(`${where}: a body where none is declared.`);
      return;
    }
    if (documented.content[type] === undefined) throw new Error(`${where}: media type "${type}" not declared.`);
    const parts = [
      "paths",
      template,
      method.toLowerCase(),
      "responses",
      String(response.status),
      "content",
      type,
      "schema",
    ];
    const reference = `#/${parts.map(pointer).join("/")}`;
    if (type === "text/event-stream") {
      for (const frame of framesOf(await response.text())) {
        if (frame.data === "[DONE]") continue;
        const chunk = frame.event === undefined;
        if (chunk && JSON.parse(frame.data).error !== undefined) {
          this.validate("OpenAiError", JSON.parse(frame.data));
          continue;
        }
        this.#validateAt(reference, chunk ? JSON.parse(frame.data) : frame, where);
        if (!chunk) this.validate("OperationEvent", JSON.parse(frame.data));
      }
    } else if (type.endsWith("json")) {
      this.#validateAt(reference, await response.json(), where);
    } else {
      this.#validateAt(reference, await response.text(), where);
    }
  }
}
