// Import direction of the TypeScript: a layer imports itself and the layers before it.
const LAYERS = [
  ["errors"],
  ["inference"],
  ["protocol"],
  ["chain"],
  ["actions"],
  ["api"],
  ["daemon"],
  ["operator", "challenger", "juror"],
  ["deployment"], // runs inside Hardhat: what must work without it does not import it
  ["hardhat", "cli"],
];

/** What `src/<layer>` must not import: every later layer, and its siblings. */
const layerRules = LAYERS.flatMap((layer, level) =>
  layer.map((name) => ({
    name: `src-${name}-imports-downwards`,
    severity: "error",
    from: { path: `^src/${name}(/|\\.ts$)` },
    to: {
      path: `^src/(index|${LAYERS.slice(level)
        .flat()
        .filter((other) => other !== name)
        .join("|")})(/|\\.ts$)`,
    },
  })),
);

module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: { pathNot: "^typechain-types/" }, to: { circular: true } },
    {
      name: "no-unresolvable",
      comment: "The example project imports the packed package, which is not here.",
      severity: "error",
      from: { pathNot: "^examples/hardhat-project/" },
      to: { couldNotResolve: true },
    },
    {
      name: "src-imports-src-only",
      comment: "The package does not reach into programs, tests, benchmarks or the web page.",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/deployment/" },
      to: { path: "^(scripts|test|bench|app|examples|ignition|hardhat\\.config)" },
    },
    {
      name: "deployment-imports-ignition-modules",
      comment: "The modules ship with the package: they are what src/deployment deploys.",
      severity: "error",
      from: { path: "^src/deployment/" },
      to: { path: "^(scripts|test|bench|app|examples|hardhat\\.config)" },
    },
    {
      name: "no-dev-dependency-in-src",
      comment: "Users of the package get its dependencies and peers only.",
      severity: "error",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only", "npm-peer"] },
    },
    {
      name: "nothing-imports-tests",
      comment: "But benchmarks start from the deployment that tests start from.",
      severity: "error",
      from: { pathNot: "^(test|bench)/" },
      to: { path: "^test/" },
    },
    {
      name: "app-imports-the-public-api",
      comment: "The web page shows that the public API is enough.",
      severity: "error",
      from: { path: "^app/" },
      to: { path: "^(src|scripts|test|bench|ignition|typechain-types)/", pathNot: "^src/index\\.ts$" },
    },
    ...layerRules,
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
  },
};
