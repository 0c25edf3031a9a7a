import { endpoint } from "../edge/endpoint.ts";
import { IfMatchHeaders, requireMatch } from "../edge/precondition.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { evaluatorTag } from "./evaluator-schema.ts";

export const deleteEvaluator = endpoint(
  {
    method: "delete",
    path: "/v1/evaluators/{id}",
    operationId: "evaluators_delete",
    tags: ["evaluators"],
    summary: "Delete an evaluator",
    description:
      "Its calls stay. Refused while a run names it, whether or not that run works now, or an evaluation that has not ended; " +
      "`value` lists them.",
    request: { params: idParams("evr"), headers: IfMatchHeaders },
    responses: {
      204: { description: "It is gone." },
      ...errorResponses(["not-found", "conflict", "precondition-failed"]),
    },
  },
  (c) => {
    const { id } = c.req.valid("param");
    const { evaluators } = c.var.services;
    const expected = c.req.valid("header")["if-match"];
    if (expected !== undefined) requireMatch(expected, evaluatorTag(evaluators.get(id)));
    evaluators.delete(id);
    return c.body(null, 204);
  },
);
