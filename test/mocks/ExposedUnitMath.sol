// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { UnitMath } from "../../contracts/replay/UnitMath.sol";
import { Op } from "../../contracts/types/Graph.sol";

/// @notice UnitMath for callers outside of a contract. Sums and elements are taken from the middle of `blob`, so that a
/// test decides what stands behind them.
contract ExposedUnitMath {
    /// @notice Weights and elements inside a blob.
    struct Place {
        uint256 weights; // first byte
        uint256 input; // first byte
        uint256 count;
        uint256 width;
    }

    /// @notice The sum as `dense` takes it.
    function dot(bytes calldata blob, Place calldata p) external pure returns (int256) {
        (bytes calldata weights, bytes calldata input) = _slices(blob, p);
        return UnitMath.dot(weights, input, p.width);
    }

    /// @notice The sum by the loop for all widths.
    function dotWide(bytes calldata blob, Place calldata p) external pure returns (int256) {
        (bytes calldata weights, bytes calldata input) = _slices(blob, p);
        return UnitMath.dotWide(weights, input, p.width);
    }

    /// @notice What a sum costs inside a contract, gas.
    function measure(bytes calldata blob, Place calldata p) external view returns (uint256 gas) {
        (bytes calldata weights, bytes calldata input) = _slices(blob, p);
        gas = gasleft();
        int256 acc = UnitMath.dot(weights, input, p.width);
        gas -= gasleft();
        // Never so: the sum must not be left out.
        if (acc == type(int256).max) gas = 0;
    }

    function element(bytes calldata blob, uint256 start, uint256 i, uint256 width) external pure returns (int256) {
        return UnitMath.element(blob[start:], i, width);
    }

    function argmax(bytes calldata blob, Place calldata p) external pure returns (uint256) {
        return UnitMath.argmax(blob[p.input:p.input + p.count * p.width], p.width);
    }

    /// @notice Of each sum its element.
    function rescale(
        Op calldata op,
        int256[] calldata accs,
        int256 mult,
        int256 bias,
        int256 shift
    ) external pure returns (int256[] memory ys) {
        ys = new int256[](accs.length);
        for (uint256 i = 0; i < accs.length; ++i) ys[i] = UnitMath.rescale(op, accs[i], mult, bias, shift);
    }

    /// @notice All elements of a DENSE operator, for each input.
    function layer(
        Op calldata op,
        UnitMath.Row[] calldata rows,
        bytes[] calldata inputs,
        uint256 width
    ) external pure returns (int256[][] memory ys) {
        ys = new int256[][](inputs.length);
        for (uint256 i = 0; i < inputs.length; ++i) {
            ys[i] = new int256[](rows.length);
            for (uint256 j = 0; j < rows.length; ++j) ys[i][j] = UnitMath.dense(op, rows[j], inputs[i], width);
        }
    }

    function _slices(
        bytes calldata blob,
        Place calldata p
    ) private pure returns (bytes calldata weights, bytes calldata input) {
        weights = blob[p.weights:p.weights + p.count];
        input = blob[p.input:p.input + p.count * p.width];
    }
}
