// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { UnitMath } from "../../contracts/replay/UnitMath.sol";
import { Op } from "../../contracts/types/Graph.sol";
import { ReferenceMath } from "../setup/ReferenceMath.sol";

/// @notice ReferenceMath for callers outside of a contract: the same calls as ExposedUnitMath has.
contract ExposedReferenceMath {
    /// @notice All elements of a DENSE operator, for each input.
    function layer(
        Op calldata op,
        UnitMath.Row[] calldata rows,
        bytes[] calldata inputs,
        uint256 width
    ) external pure returns (int256[][] memory ys) {
        ys = new int256[][](inputs.length);
        for (uint256 i = 0; i < inputs.length; ++i) {
            int256[] memory x = ReferenceMath.decode(inputs[i], width);
            ys[i] = new int256[](rows.length);
            for (uint256 j = 0; j < rows.length; ++j) ys[i][j] = _element(op, rows[j], x);
        }
    }

    function argmax(bytes calldata input, uint256 width) external pure returns (uint256) {
        return ReferenceMath.argmax(ReferenceMath.decode(input, width));
    }

    function _element(Op memory op, UnitMath.Row calldata row, int256[] memory x) private pure returns (int256) {
        return ReferenceMath.dense(op, ReferenceMath.decode(row.values, 1), x, row.mult, row.bias, row.shift);
    }
}
