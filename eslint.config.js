// Type-aware lint of our TypeScript. Formatting belongs to prettier, unused exports and files to knip.
import tseslint from "typescript-eslint";

export default tseslint.config(
  {
    ignores: [
      ...["artifacts/", "cache/", "coverage/", "dist/", "typechain-types/", "app/dist/", "ignition/deployments/"],
      "examples/hardhat-project/", // a project of its own, checked with its own packages: scripts/checks/example.ts
    ],
  },
  {
    files: ["**/*.ts", "**/*.tsx"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/consistent-type-definitions": ["error", "type"],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/explicit-module-boundary-types": "error",
      "@typescript-eslint/no-non-null-assertion": "off", // array elements inside a bounded loop
      "@typescript-eslint/no-unnecessary-type-parameters": "off", // the caller names the type of what is read from JSON
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/require-await": "off", // an async function without await still turns what it throws into a rejection
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowBoolean: true, allowNumber: true, allow: ["bigint"] },
      ],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      complexity: ["error", 12],
      eqeqeq: "error",
      "max-lines-per-function": ["error", { max: 80, skipBlankLines: true, skipComments: true }],
      "no-console": "error",
      "prefer-const": "error",
    },
  },
  {
    // Programs print.
    files: ["scripts/**", "bench/**", "src/cli/**"],
    rules: { "no-console": "off" },
  },
  {
    // chai asserts by property and matches with `any`; describe() blocks are long.
    files: ["test/**"],
    rules: {
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unused-expressions": "off",
      "@typescript-eslint/unbound-method": "off",
      complexity: "off",
      "no-console": "off",
      "max-lines-per-function": "off",
    },
  },
  {
    // What tasks print as JSON is read as whatever is there.
    files: ["test/src/hardhat/**", "test/setup/pluginProject.ts"],
    rules: {
      "@typescript-eslint/no-explicit-any": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
    },
  },
);
