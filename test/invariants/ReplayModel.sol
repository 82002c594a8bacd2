// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { UnitMath } from "../../contracts/replay/UnitMath.sol";
import { Op, Tensor } from "../../contracts/types/Graph.sol";

/// @notice A model with weights that everybody can run, written apart from the contracts: what a node does off chain.
/// Its tensors have 1, 3, 1, 17 and 1 leaves: i8[3], i64[300] by FLOOR, i16[5] by GEMMLOWP, i64[2049] by FLOOR of the
/// input, i8[1] by ARGMAX of tensor 2.
contract ReplayModel {
    uint256 internal constant LEAF_BYTES = 1_024;
    uint256 internal constant ROWS = 300 + 5 + 2_049;

    bytes32[][] private _weights; // levels of the tree, from the leaves up

    constructor() {
        bytes32[] memory leaves = new bytes32[](ROWS);
        for (uint256 i = 0; i < ROWS; ++i) {
            (uint256 op, uint256 row) = i < 300
                ? (0, i)
                : i < 305
                    ? (1, i - 300)
                    : (2, i - 305);
            UnitMath.Row memory r = _row(op, row);
            leaves[i] = keccak256(
                abi.encodePacked(uint8(1), uint16(op), uint32(row), r.shift, r.mult, r.bias, r.values)
            );
        }
        bytes32[][] memory levels = levelsOf(filled(leaves));
        for (uint256 i = 0; i < levels.length; ++i) _weights.push(levels[i]);
    }

    /* GRAPH AND WEIGHTS */

    function graph() public pure returns (Tensor[] memory tensors, Op[] memory ops) {
        tensors = new Tensor[](5);
        (tensors[0], tensors[1], tensors[2]) = (Tensor(0, 3), Tensor(3, 300), Tensor(1, 5));
        (tensors[3], tensors[4]) = (Tensor(3, 2_049), Tensor(0, 1));
        ops = new Op[](4);
        int64 bound = 2 ** 24;
        ops[0] = Op({ code: 1, rounding: 0, input: 0, rows: 300, k: 3, zero: 0, lo: -bound, hi: bound });
        ops[1] = Op({ code: 1, rounding: 1, input: 1, rows: 5, k: 300, zero: 7, lo: -32_768, hi: 32_767 });
        ops[2] = Op({ code: 1, rounding: 0, input: 0, rows: 2_049, k: 3, zero: 0, lo: -bound, hi: bound });
        ops[3] = Op({ code: 2, rounding: 0, input: 2, rows: 1, k: 5, zero: 0, lo: 0, hi: 0 });
    }

    function lengthOf(uint256 tensor) public pure returns (uint256) {
        return [uint256(3), 300, 5, 2_049, 1][tensor];
    }

    function widthOf(uint256 tensor) public pure returns (uint256) {
        return [uint256(1), 8, 2, 8, 1][tensor];
    }

    function inputOf(uint256 op) public pure returns (uint256) {
        return [uint256(0), 1, 0, 2][op];
    }

    function leavesIn(uint256 tensor) public pure returns (uint256) {
        return (lengthOf(tensor) * widthOf(tensor) + LEAF_BYTES - 1) / LEAF_BYTES;
    }

    function weightsRoot() external view returns (bytes32) {
        return _weights[_weights.length - 1][0];
    }

    /// @notice A row with its proof; of ARGMAX an empty one.
    function weightsOf(uint256 op, uint256 row) external view returns (UnitMath.Row memory r) {
        if (op == 3) return r;
        r = _row(op, row);
        uint256 place = row + [uint256(0), 300, 305][op];
        r.proof = new bytes32[](_weights.length - 1);
        for (uint256 i = 0; i < r.proof.length; ++i) r.proof[i] = _weights[i][(place >> i) ^ 1];
    }

    function _row(uint256 op, uint256 row) private pure returns (UnitMath.Row memory r) {
        uint256 noise = uint256(keccak256(abi.encode(op, row)));
        r.bias = int16(uint16(noise));
        if (op == 1) {
            (r.shift, r.mult) = (24, int64(int256(2 ** 30 + (noise % 2 ** 30))));
            for (uint256 i = 0; i < 9; ++i) r.values = bytes.concat(r.values, keccak256(abi.encode(noise, i)));
            r.values = bytes.concat(r.values, bytes12(keccak256(abi.encode(noise))));
        } else {
            (r.shift, r.mult) = (int8(int256(noise % 5)), int16(uint16(noise >> 16)));
            r.values = abi.encodePacked(bytes3(bytes32(noise)));
        }
    }

    /* ARITHMETIC */

    /// @notice The bytes of a tensor for an input.
    function run(bytes memory input, uint256 tensor) public pure returns (bytes memory data) {
        if (tensor == 0) return input;
        bytes memory read = run(input, inputOf(tensor - 1));
        uint256 width = widthOf(tensor);
        uint256 length = lengthOf(tensor);
        data = new bytes(length * width + 32);
        for (uint256 i = 0; i < length; ++i) {
            uint256 word = uint256(element(tensor - 1, i, read)) << (256 - 8 * width);
            assembly ("memory-safe") {
                mstore(add(add(data, 32), mul(i, width)), word)
            }
        }
        assembly ("memory-safe") {
            mstore(data, mul(length, width))
        }
    }

    /// @notice One element of what an operator writes.
    function element(uint256 op, uint256 row, bytes memory read) public pure returns (int256 y) {
        uint256 width = widthOf(inputOf(op));
        if (op == 3) return _argmax(read, width);
        UnitMath.Row memory r = _row(op, row);
        int256 acc = 0;
        for (uint256 j = 0; j < r.values.length; ++j) {
            acc += int256(int8(uint8(r.values[j]))) * valueAt(read, j, width);
        }
        int256 highest = op == 1 ? int256(32_767) : int256(2 ** 24);
        int256 lowest = op == 1 ? int256(-32_768) : -highest;
        if (op == 1) y = _gemmlowp(acc + r.bias, r.mult, int256(2) ** uint8(r.shift)) + 7;
        else y = _quotientDown(acc * r.mult + r.bias, int256(2) ** uint8(r.shift));
        return
            y < lowest
                ? lowest
                : y > highest
                    ? highest
                    : y;
    }

    function valueAt(bytes memory data, uint256 i, uint256 width) public pure returns (int256) {
        uint256 word = 0;
        for (uint256 j = 0; j < width; ++j) word = (word << 8) | uint8(data[i * width + j]);
        return word < 2 ** (8 * width - 1) ? int256(word) : int256(word) - int256(2 ** (8 * width));
    }

    function _argmax(bytes memory read, uint256 width) private pure returns (int256 best) {
        for (uint256 j = 1; j < read.length / width; ++j) {
            if (valueAt(read, j, width) > valueAt(read, uint256(best), width)) best = int256(j);
        }
    }

    /// @dev The doubling high multiplication, then a division that rounds halves away from zero.
    function _gemmlowp(int256 a, int256 mult, int256 divisor) private pure returns (int256) {
        int256 product = a * mult;
        int256 high = (product + (product >= 0 ? int256(2 ** 30) : 1 - int256(2 ** 30))) / 2 ** 31;
        int256 down = _quotientDown(high, divisor);
        int256 rest = high - down * divisor;
        return 2 * rest > divisor || (2 * rest == divisor && high > 0) ? down + 1 : down;
    }

    function _quotientDown(int256 a, int256 b) private pure returns (int256 quotient) {
        quotient = a / b;
        if (quotient * b > a) --quotient;
    }

    /* TREES */

    /// @notice The 1,024 bytes of a leaf.
    function leafAt(bytes memory data, uint256 position) public pure returns (bytes memory leaf) {
        leaf = new bytes(LEAF_BYTES);
        uint256 start = position * LEAF_BYTES;
        for (uint256 i = 0; i < LEAF_BYTES && start + i < data.length; i += 32) {
            uint256 left = data.length - start - i;
            bytes32 mask = left >= 32 ? bytes32(type(uint256).max) : ~bytes32(type(uint256).max >> (8 * left));
            assembly ("memory-safe") {
                mstore(add(add(leaf, 32), i), and(mload(add(add(data, 32), add(start, i))), mask))
            }
        }
    }

    function leafHash(uint256 tensor, uint256 position, bytes memory leaf) public pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint8(2), uint16(tensor), uint32(position), leaf));
    }

    /// @notice All places of a tensor's tree, those without a leaf empty.
    function placesOf(uint256 tensor, bytes memory data) public pure returns (bytes32[] memory) {
        bytes32[] memory leaves = new bytes32[]((data.length + LEAF_BYTES - 1) / LEAF_BYTES);
        for (uint256 i = 0; i < leaves.length; ++i) leaves[i] = leafHash(tensor, i, leafAt(data, i));
        return filled(leaves);
    }

    function rootOf(uint256 tensor, bytes memory data) external pure returns (bytes32) {
        bytes32[][] memory levels = levelsOf(placesOf(tensor, data));
        return levels[levels.length - 1][0];
    }

    /// @notice Zero words up to the next power of two.
    function filled(bytes32[] memory leaves) public pure returns (bytes32[] memory places) {
        uint256 count = 1;
        while (count < leaves.length) count *= 2;
        places = new bytes32[](count);
        for (uint256 i = 0; i < leaves.length; ++i) places[i] = leaves[i];
    }

    /// @notice From the places, a power of two of them, up to the root.
    function levelsOf(bytes32[] memory places) public pure returns (bytes32[][] memory levels) {
        uint256 depth = 0;
        while (2 ** depth < places.length) ++depth;
        levels = new bytes32[][](depth + 1);
        levels[0] = places;
        for (uint256 level = 1; level <= depth; ++level) {
            bytes32[] memory below = levels[level - 1];
            levels[level] = new bytes32[](below.length / 2);
            for (uint256 i = 0; i < levels[level].length; ++i) {
                levels[level][i] = keccak256(abi.encodePacked(uint8(3), below[2 * i], below[2 * i + 1]));
            }
        }
    }
}
