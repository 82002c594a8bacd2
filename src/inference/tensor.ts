import { FatalError } from "../errors.ts";
import { Dtype, elementBytes, tensorBytes, type Tensor } from "./spec.ts";

/** The elements of a tensor, in the array type of its dtype. */
export type TensorData = Int8Array | Int16Array | Int32Array | BigInt64Array;

/** The elements do not have the shape, or the bytes not the length, that the spec gives the tensor. */
export class TensorMismatchError extends FatalError {
  constructor(subject: string, actual: unknown, expected: unknown) {
    super("TENSOR_MISMATCH", `${subject} is ${String(actual)}, expected ${String(expected)}`);
  }
}

const ARRAYS = {
  [Dtype.I8]: Int8Array,
  [Dtype.I16]: Int16Array,
  [Dtype.I32]: Int32Array,
  [Dtype.I64]: BigInt64Array,
} as const;

/** A tensor of zeros. */
export function createTensor({ dtype, length }: Tensor): TensorData {
  return new ARRAYS[dtype](length);
}

/** @throws TensorMismatchError if `data` has another element type or length than `tensor`. */
export function requireTensor(tensor: Tensor, data: TensorData): void {
  if (!(data instanceof ARRAYS[tensor.dtype])) {
    throw new TensorMismatchError("element type", data.constructor.name, ARRAYS[tensor.dtype].name);
  }
  if (data.length !== tensor.length) throw new TensorMismatchError("tensor length", data.length, tensor.length);
}

/**
 * Bytes of a tensor: its elements in order, big-endian two's complement.
 *
 * @throws TensorMismatchError if `data` is not of this shape.
 */
export function encodeTensor(tensor: Tensor, data: TensorData): Uint8Array {
  requireTensor(tensor, data);
  const bytes = new Uint8Array(tensorBytes(tensor));
  const view = new DataView(bytes.buffer);
  if (data instanceof BigInt64Array) for (let i = 0; i < data.length; i++) view.setBigInt64(8 * i, data[i]!);
  else if (data instanceof Int32Array) for (let i = 0; i < data.length; i++) view.setInt32(4 * i, data[i]!);
  else if (data instanceof Int16Array) for (let i = 0; i < data.length; i++) view.setInt16(2 * i, data[i]!);
  else bytes.set(data);
  return bytes;
}

/**
 * Elements from the bytes of a tensor; every byte string of the right length is a tensor.
 *
 * @throws TensorMismatchError if the number of bytes is not the tensor's.
 */
export function decodeTensor(tensor: Tensor, bytes: Uint8Array): TensorData {
  if (bytes.length !== tensorBytes(tensor)) {
    throw new TensorMismatchError("number of bytes", bytes.length, tensorBytes(tensor));
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = createTensor(tensor);
  const size = elementBytes(tensor.dtype);
  for (let i = 0; i < data.length; i++) {
    if (data instanceof BigInt64Array) data[i] = view.getBigInt64(size * i);
    else if (data instanceof Int32Array) data[i] = view.getInt32(size * i);
    else if (data instanceof Int16Array) data[i] = view.getInt16(size * i);
    else data[i] = view.getInt8(size * i);
  }
  return data;
}
