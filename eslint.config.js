// Type-aware lint of our TypeScript. Formatting belongs to prettier, unused exports and files to knip.
import tseslint from "typescript-eslint";

export default tseslint.config(
  {
    ignores: ["artifacts/", "cache/", "coverage/", "dist/", "typechain-types/", "app/dist/", "ignition/deployments/"],
  },
  {
    files: ["**/*.ts", "**/*.tsx"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/consistent-type-definitions": ["error", "type"],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/explicit-module-boundary-types": "error",
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
    // Programs print; tests pass through chai's property assertions and non-null fixtures, and describe() blocks are long.
    files: ["scripts/**", "bench/**", "src/cli/**"],
    rules: { "no-console": "off" },
  },
  {
    files: ["test/**"],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unused-expressions": "off",
      complexity: "off",
      "max-lines-per-function": "off",
    },
  },
);
