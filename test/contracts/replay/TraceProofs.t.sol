// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IReplayGame } from "../../../contracts/replay/IReplayGame.sol";
import { ReplayTest } from "../../setup/ReplayTest.sol";

/// @notice Each proof overturns, and moves exactly the money that it should.
contract TraceProofsTest is ReplayTest {
    /* A UNIT */

    function test_UnitOfTheFirstLayer() external {
        Network memory n = _floorNetwork();
        bytes[] memory tensors = _run(n, _input(n, 1));
        _falsify(n, tensors, 1, 2);
        _resume(n, tensors, 1);
        Answer memory a = _answer(_publishNetwork(n), tensors);
        _note();
        assertEq(_proveUnit(n, a, 0, 2), 20e18);
        _assertOverturned(a);
    }

    function test_HonestAnswersHold() external {
        Network[3] memory networks = [_floorNetwork(), _gemmlowpNetwork(), _largeNetwork()];
        for (uint256 i = 0; i < 3; ++i) {
            Network memory n = networks[i];
            Answer memory a = _answer(_publishNetwork(n), _run(n, _input(n, i)));
            for (uint256 op = 0; op < n.ops.length; ++op) _assertHolds(n, a, op, n.ops[op].rows - 1);
        }
    }

    function _assertHolds(Network memory n, Answer memory a, uint256 op, uint256 row) private {
        int256 value = _get(n, a.tensors, op + 1, row);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.UnitHolds.selector, op, row, value));
        _proveUnit(n, a, op, row);
    }
}
