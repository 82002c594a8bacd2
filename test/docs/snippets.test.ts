import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { expect } from "chai";
import ts from "typescript";

const ROOT = resolve(import.meta.dirname, "../..");
const PAGES = ["README.md", ...globSync("docs/**/*.md", { cwd: ROOT }), ...globSync("examples/**/*.md", { cwd: ROOT })];

/** What the pages take as given: they say in words where it comes from. */
const GIVEN = `
import { ZeroHash, formatEther, formatUnits, getBytes, hexlify, parseEther, parseUnits, type Provider, type Signer } from "ethers";
import type { Answer, Batch, Deployment, Domain, LandeModel, ModelId, P256Key, Receipt, ReceiptId, ReceiptSigner, ReplayModel, SignedReceipt, SignerId, TraceRecord } from "credence";
declare const provider: Provider;
declare const deployment: Deployment;
declare const domain: Domain;
declare const operator: Signer, hotWallet: Signer, customer: Signer, challenger: Signer, publisher: Signer, juror: Signer, wallet: Signer;
declare const signer: ReceiptSigner;
declare const model: ReplayModel;
declare const modelId: ModelId, receiptId: ReceiptId, signerId: SignerId;
declare const requester: string, beneficiary: string, opener: string, verifier: string;
declare const secret: Uint8Array;
declare const request: Uint8Array, output: Uint8Array;
declare const receipt: Receipt;
declare const signed: SignedReceipt;
declare const record: TraceRecord;
declare const gameId: bigint;
declare const lande: LandeModel;
declare const answer: Answer;
declare const now: () => Promise<number>;
`;

type Snippet = { name: string; code: string };

/** The TypeScript blocks of a page, each named by page and line. */
function snippetsOf(page: string): Snippet[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  return [...text.matchAll(/^```(?:ts|typescript)\n([^]*?)^```$/gm)].map(({ index, 1: code }) => ({
    name: `${page}:${text.slice(0, index).split("\n").length + 1}`,
    code: code!,
  }));
}

/** A module out of a snippet. One with imports is complete; of any other, what it does not declare is the package's, or given. */
function moduleOf({ code }: Snippet, exported: readonly string[]): string {
  const imports = /^import [^]*?;$/gm;
  const own = code.match(imports)?.join(" ").replaceAll("\n", " ");
  const body = code.replace(imports, (text) => text.replaceAll(/[^\n]/g, "")); // lines keep their numbers
  const free = exported.filter((name) => !new RegExp(`\\b${name}\\b`).test(GIVEN));
  const head = own ?? `import { ${free.join(", ")} } from "credence"; ${GIVEN.trim().replaceAll("\n", " ")}`;
  return /^export /m.test(code) ? `${head} ${body}` : `${head} async function snippet() { ${body} }`;
}

/** Everything that a module exports under a name that values have. */
function exportsOf(path: string): string[] {
  const program = ts.createProgram([path], { ...compilerOptions(), noResolve: true });
  const names = program
    .getSourceFile(path)!
    .statements.filter(ts.isExportDeclaration)
    .filter(({ isTypeOnly }) => !isTypeOnly)
    .flatMap(({ exportClause }) => (exportClause && ts.isNamedExports(exportClause) ? [...exportClause.elements] : []));
  return names.filter(({ isTypeOnly }) => !isTypeOnly).map(({ name }) => name.text);
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), (path) => ts.sys.readFile(path)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const paths = { credence: ["./src/index.ts"], "credence/hardhat": ["./src/hardhat/index.ts"] };
  return { ...options, paths, allowImportingTsExtensions: true, noEmit: true };
}

/** What the compiler says of each module, by its name. */
function compile(modules: ReadonlyMap<string, string>): string[] {
  const paths = new Map([...modules].map(([name, text], i) => [join(ROOT, `snippet-${i}.ts`), { name, text }]));
  const options = compilerOptions();
  const host = ts.createCompilerHost(options);
  const onDisk = host.getSourceFile.bind(host);
  const exists = host.fileExists.bind(host);
  host.fileExists = (path) => paths.has(path) || exists(path);
  host.getSourceFile = (path, version, ...rest) =>
    paths.has(path) ? ts.createSourceFile(path, paths.get(path)!.text, version) : onDisk(path, version, ...rest);
  const program = ts.createProgram([...paths.keys()], options, host);
  return [...paths].flatMap(([path, { name }]) => {
    const file = program.getSourceFile(path)!;
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    return found.map(({ start, messageText }) => {
      const line = file.getLineAndCharacterOfPosition(start ?? 0).line;
      const [page, first] = [name.slice(0, name.lastIndexOf(":")), Number(name.slice(name.lastIndexOf(":") + 1))];
      return `${page}:${first + line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
    });
  });
}

describe("TypeScript in README.md and docs/", function () {
  this.timeout(60_000);

  it("compiles against the package", () => {
    const exported = exportsOf(join(ROOT, "src/index.ts"));
    expect(exported).to.include.members(["stake", "FatalError", "AnswerStatus"]).and.not.to.include("Receipt");
    const snippets = PAGES.flatMap(snippetsOf);
    expect(snippets.length).to.be.at.least(7);
    const modules = new Map(snippets.map((snippet) => [snippet.name, moduleOf(snippet, exported)]));
    const wrong = { name: "wrong.md:10", code: "await stake(operator, deployment, {\n  amount: 1,\n});\n" };
    modules.set(wrong.name, moduleOf(wrong, exported));
    expect(compile(modules)).to.deep.equal(["wrong.md:11: Type 'number' is not assignable to type 'bigint'."]);
  });
});
