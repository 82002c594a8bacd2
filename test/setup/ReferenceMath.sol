// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Op } from "../../contracts/types/Graph.sol";

/// @notice The arithmetic of docs/protocol/inference.md as it is written there, on lists of numbers: slow, and right for
/// every input. Shifts are divisions here, so that nothing is shared with the contract that is held against it.
library ReferenceMath {
    int256 private constant POW30 = 2 ** 30;
    int256 private constant POW31 = 2 ** 31;

    /* ELEMENTS */

    /// @notice The elements of a tensor's bytes: big-endian two's complement, `width` bytes each.
    function decode(bytes memory data, uint256 width) internal pure returns (int256[] memory values) {
        values = new int256[](data.length / width);
        int256 half = int256(2 ** (8 * width - 1));
        // At most 2^64.
        unchecked {
            for (uint256 i = 0; i < values.length; ++i) {
                int256 value = 0;
                for (uint256 j = 0; j < width; ++j) value = value * 256 + int256(uint256(uint8(data[i * width + j])));
                values[i] = value < half ? value : value - 2 * half;
            }
        }
    }

    /// @notice The bytes of elements.
    function encode(int256[] memory values, uint256 width) internal pure returns (bytes memory data) {
        data = new bytes(values.length * width);
        for (uint256 i = 0; i < values.length; ++i) {
            uint256 value = values[i] < 0 ? uint256(values[i] + int256(2 ** (8 * width))) : uint256(values[i]);
            for (uint256 j = 0; j < width; ++j) {
                data[i * width + width - 1 - j] = bytes1(uint8(value % 256));
                value /= 256;
            }
        }
    }

    /* OPERATORS */

    /// @notice A DENSE element: `acc` and its way down.
    function dense(
        Op memory op,
        int256[] memory w,
        int256[] memory x,
        int256 mult,
        int256 bias,
        int256 shift
    ) internal pure returns (int256) {
        return rescale(op, dot(w, x), mult, bias, shift);
    }

    /// @notice Sum over j of w[j] * x[j].
    function dot(int256[] memory w, int256[] memory x) internal pure returns (int256 acc) {
        // Numbers of a tensor and a row: at most 2^63 times 2^7 each.
        unchecked {
            for (uint256 j = 0; j < w.length; ++j) acc += w[j] * x[j];
        }
    }

    /// @notice FLOOR or GEMMLOWP, then the bounds.
    function rescale(
        Op memory op,
        int256 acc,
        int256 mult,
        int256 bias,
        int256 shift
    ) internal pure returns (int256 y) {
        if (shift > 63) shift = 63;
        if (shift < -63) shift = -63;
        uint256 right = shift > 0 ? uint256(shift) : 0;
        uint256 left = shift < 0 ? uint256(-shift) : 0;
        if (op.rounding == 0) y = _floorDivide(acc * mult + bias, int256(2 ** right));
        else y = _rdp(_srdhm((acc + bias) * int256(2 ** left), mult), right) + op.zero;
        if (y < op.lo) y = op.lo;
        if (y > op.hi) y = op.hi;
    }

    /// @notice Index of the largest element: the first that no element exceeds.
    function argmax(int256[] memory x) internal pure returns (uint256) {
        for (uint256 i = 0; i < x.length; ++i) {
            bool exceeded = false;
            for (uint256 j = 0; j < x.length; ++j) if (x[j] > x[i]) exceeded = true;
            if (!exceeded) return i;
        }
        revert("no elements");
    }

    /* GEMMLOWP */

    function _srdhm(int256 a, int256 b) private pure returns (int256) {
        int256 product = a * b;
        return (product + (product >= 0 ? POW30 : 1 - POW30)) / POW31;
    }

    function _rdp(int256 x, uint256 e) private pure returns (int256) {
        int256 power = int256(2 ** e);
        int256 whole = _floorDivide(x, power);
        int256 rest = x - whole * power;
        int256 threshold = (power - 1) / 2 + (x < 0 ? int256(1) : int256(0));
        return whole + (rest > threshold ? int256(1) : int256(0));
    }

    /// @dev Rounds down, also below zero.
    function _floorDivide(int256 x, int256 y) private pure returns (int256 quotient) {
        quotient = x / y;
        if (quotient * y > x) --quotient;
    }
}
