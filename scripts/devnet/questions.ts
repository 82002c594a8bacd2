/** Questions as a customer would ask them. */
import { encodeTensor } from "../../src/inference/tensor.ts";
import { readDigits, tensorOf } from "../digits/images.ts";
import { sentences } from "../demo/sentences.ts";
import type { Devnet, DevnetModel } from "./devnet.ts";

/** The bytes of a question about a model. */
export type Question = { readonly model: DevnetModel; readonly request: Uint8Array };

const LANGUAGES = ["eng", "fra", "deu", "spa", "jpn", "ara", "rus", "hin", "tur", "vie"];

/** Questions without end about the language of real sentences. */
export function* aboutLanguages({ lande }: Pick<Devnet, "lande">): Generator<Question, never> {
  const texts = LANGUAGES.flatMap((language) => sentences(language));
  for (let index = 0; ; index++) {
    const text = texts[index % texts.length]!;
    yield { model: lande, request: encodeTensor(lande.spec.tensors[0]!, lande.features(text)) };
  }
}

/** Questions without end about images of digits. */
export function* aboutDigits({ digits }: Pick<Devnet, "digits">): Generator<Question, never> {
  const images = readDigits("t10k");
  const tensor = digits.replay.spec.tensors[0]!;
  for (let index = 0; ; index++) {
    yield { model: digits, request: encodeTensor(tensor, tensorOf(images, index % images.count)) };
  }
}
