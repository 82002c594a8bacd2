// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Test } from "forge-std/Test.sol";

import { VoteHistory } from "../../../contracts/staking/VoteHistory.sol";

contract VoteHistoryTest is Test {
    using VoteHistory for VoteHistory.History;

    uint256 private constant START = 1_800_000_000;

    VoteHistory.History private _history;
    uint32 private _length;

    function setUp() external {
        vm.warp(START);
    }

    function test_EmptyHistoryHasNoVotes() external view {
        assertEq(_history.votesAt(0, 0), 0);
        assertEq(_history.votesAt(0, START), 0);
    }

    function test_VotesCountFromTheirSecondOn() external {
        _push(7);
        vm.warp(START + 10);
        _push(9);

        assertEq(_length, 2);
        assertEq(_history.votesAt(_length, START - 1), 0);
        assertEq(_history.votesAt(_length, START), 7);
        assertEq(_history.votesAt(_length, START + 9), 7);
        assertEq(_history.votesAt(_length, START + 10), 9);
        assertEq(_history.votesAt(_length, type(uint256).max), 9);
    }

    function test_LastWriteOfASecondCounts() external {
        _push(7);
        _push(0);
        _push(8);

        assertEq(_length, 1);
        assertEq(_history.votesAt(_length, START), 8);
        assertEq(_history.votesAt(_length, START - 1), 0);
    }

    function test_LargestVotesAreKept() external {
        _push(type(uint208).max);
        assertEq(_history.votesAt(_length, START), type(uint208).max);
    }

    function test_CallerThatKnowsTheLastTimeWritesTheSame() external {
        _length = _history.push(_length, uint48(0), uint208(7));
        _length = _history.push(_length, uint48(block.timestamp), uint208(8));
        assertEq(_length, 1);
        vm.warp(START + 1);
        _length = _history.push(_length, uint48(START), uint208(9));
        assertEq(_length, 2);
        assertEq(_history.votesAt(_length, START), 8);
        assertEq(_history.votesAt(_length, START + 1), 9);
    }

    /// @dev Against an array with one entry for every second.
    function testFuzz_AgreesWithOneEntryPerSecond(bytes32 seed) external {
        uint256[] memory bySecond = new uint256[](200);
        uint256 second = 0;
        uint256 votes = 0;
        while (second < bySecond.length) {
            seed = keccak256(abi.encode(seed));
            votes = uint208(uint256(seed));
            _push(uint208(votes));
            // 0 to 7 seconds until the next write: several in one second, gaps, runs of neighbours.
            uint256 next = second + (uint256(seed) >> 253);
            for (uint256 s = second; s <= next && s < bySecond.length; ++s) bySecond[s] = votes;
            second = next;
            vm.warp(START + second);
        }
        assertEq(_history.votesAt(_length, START - 1), 0);
        for (uint256 s = 0; s < bySecond.length; ++s) assertEq(_history.votesAt(_length, START + s), bySecond[s]);
    }

    function _push(uint208 votes) private {
        _length = _history.push(_length, votes);
    }
}
