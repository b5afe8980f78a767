import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

const GENERATED = {
  regex: "schema\\.gen$",
  message: "Only src/api knows the generated schema; take types from api/types.",
};

/** What a layer may not import from its sisters: everything that `allowed` does not name. */
function layer(name, allowed, message, also = [GENERATED]) {
  const sisters = `^\\.\\./(?!(${["\\.\\.", ...allowed].join("|")})/)`;
  return {
    files: [`src/${name}/**/*.{ts,tsx}`],
    rules: {
      "@typescript-eslint/no-restricted-imports": [
        "error",
        { patterns: [...also, { regex: sisters, message }] },
      ],
    },
  };
}

export default defineConfig(
  { ignores: ["dist", "src/api/schema.gen.ts"] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  hooks.configs.flat.recommended,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ["eslint.config.js"] } } },
    rules: {
      "max-lines": ["error", 250],
      "no-console": "error",
      "@typescript-eslint/consistent-type-assertions": ["error", { assertionStyle: "never" }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
    },
  },
  { files: ["**/*.js"], extends: [tseslint.configs.disableTypeChecked] },
  layer("domain", [], "The domain imports nothing of ours."),
  layer("editor", ["domain"], "The editor core knows only the domain."),
  layer("render", ["domain", "editor"], "Drawing knows the domain and the editor's types only.", [
    GENERATED,
    { regex: "^\\.\\./editor/", allowTypeImports: true, message: "Types only: drawing changes nothing." },
  ]),
  layer("api", ["domain"], "The client knows only the domain.", []),
  layer("workers", ["domain", "render"], "The worker knows the domain and how things are drawn."),
  layer("words", ["domain"], "Words know only the domain."),
  layer("state", ["domain", "editor", "render", "api", "words", "workers"], "State knows no screens."),
  {
    files: ["src/ui/**/*.{ts,tsx}"],
    rules: { "@typescript-eslint/no-restricted-imports": ["error", { patterns: [GENERATED] }] },
  },
  {
    files: ["src/**/*.test.ts"],
    rules: {
      "@typescript-eslint/no-restricted-imports": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
);
