import { expect, test } from "vitest";
import openapi from "../../openapi.json";
import { ApiProblem, REMEDIES, remedyOf, Unreachable } from "./problem";

test("every code of the API has a remedy, and no other", () => {
  expect(Object.keys(REMEDIES).sort()).toEqual(Object.keys(openapi["x-error-codes"]).sort());
});

test("a gateway's 502 and a dead network are waited for, a strange 4xx is not", () => {
  const strange = (status: number) => new ApiProblem({ code: "not_from_the_api", status, detail: "" });
  expect([remedyOf(strange(502)), remedyOf(new Unreachable()), remedyOf(strange(413))]).toEqual([
    "wait",
    "wait",
    "refused",
  ]);
});
