import { expect, test } from "vitest";
import openapi from "../../openapi.json";
import { ApiProblem, REMEDIES, remedyOf, Unreachable } from "./problem";

test("every code of the API has a remedy, and no other", () => {
  expect(Object.keys(REMEDIES).sort()).toEqual(Object.keys(openapi["x-error-codes"]).sort());
});

test("what is not from the API is waited for, unless the call is too large to pass", () => {
  const strange = (status: number) => new ApiProblem({ code: "not_from_the_api", status, detail: "" });
  expect([502, 403, 404].map((status) => remedyOf(strange(status)))).toEqual(["wait", "wait", "wait"]);
  expect([remedyOf(new Unreachable()), remedyOf(strange(413))]).toEqual(["wait", "refused"]);
});
