// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IGovernor } from "@openzeppelin/contracts/governance/IGovernor.sol";
import { TimelockController } from "@openzeppelin/contracts/governance/TimelockController.sol";

import { CredenceGovernor } from "../../../contracts/governance/CredenceGovernor.sol";
import { IStakeVault } from "../../../contracts/staking/IStakeVault.sol";
import { VaultTest } from "../../setup/VaultTest.sol";

/// @notice Enrolling, votes now and in the past, and a governor that reads them.
contract StakeVaultVotesTest is VaultTest {
    uint256 private constant ACTORS = 3;
    uint256 private constant STEPS = 40;
    uint256 private constant TIMELOCK_DELAY = 2 days;
    uint256 private constant PROPOSAL_THRESHOLD = 500e18;

    /// @dev The naive model: what each actor has, and its votes in every second.
    uint256[ACTORS] private _active;
    bool[ACTORS] private _enrolled;
    uint256[ACTORS][] private _bySecond;

    /* ENROLLING */

    function test_StakeWithoutEnrollingHasNoVotes() external {
        _stake(staker, 1_000e18);
        assertEq(vault.getVotes(staker), 0);
        vm.warp(block.timestamp + 1);
        assertEq(vault.getPastVotes(staker, block.timestamp - 1), 0);
        assertEq(vault.getPastTotalSupply(block.timestamp - 1), 0);
    }

    function test_EnrollingGivesActiveStakeItsVotesAndUnenrollingTakesThem() external {
        _stake(staker, 1_000e18);
        _unstake(staker, 300e18);
        vm.expectEmit(address(vault));
        emit IStakeVault.Enrolled({ account: staker, votes: 700e18 });
        _enroll(staker);
        assertEq(vault.getVotes(staker), 700e18);
        assertTrue(vault.account(staker).enrolled);

        vm.warp(block.timestamp + 1);
        vm.expectEmit(address(vault));
        emit IStakeVault.Unenrolled(staker);
        _unenroll(staker);
        assertEq(vault.getVotes(staker), 0);
        assertFalse(vault.account(staker).enrolled);

        vm.warp(block.timestamp + 1);
        _assertPast(block.timestamp - 2, 700e18, 700e18);
        _assertPast(block.timestamp - 1, 0, 0);
    }

    function test_RevertWhen_LessThanTheMinimumIsActive() external {
        _stake(staker, 500e18);
        _unstake(staker, 1);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.EnrollMinimum.selector, 500e18 - 1, 500e18));
        _enroll(staker);
        _stake(staker, 1);
        _enroll(staker);
    }

    function test_FallingBelowTheMinimumLaterChangesNothing() external {
        _stake(staker, 500e18);
        _enroll(staker);
        _unstake(staker, 499e18);
        assertTrue(vault.account(staker).enrolled);
        assertEq(vault.getVotes(staker), 1e18);
        _stake(staker, 2e18);
        assertEq(vault.getVotes(staker), 3e18);
    }

    function test_RevertWhen_EnrolledOrUnenrolledTwice() external {
        _stake(staker, 500e18);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.EnrolledAlready.selector, false));
        _unenroll(staker);
        _enroll(staker);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.EnrolledAlready.selector, true));
        _enroll(staker);
    }

    /* PAST VOTES */

    function test_VotesChangeAtTheSecondOfTheChange() external {
        uint256 start = block.timestamp;
        _stake(staker, 600e18);
        _enroll(staker);
        vm.warp(start + 10);
        _stake(staker, 50e18);
        vm.warp(start + 20);
        _unstake(staker, 150e18);
        vm.warp(start + 21);

        _assertPast(start - 1, 0, 0);
        _assertPast(start, 600e18, 600e18);
        _assertPast(start + 9, 600e18, 600e18);
        _assertPast(start + 10, 650e18, 650e18);
        _assertPast(start + 19, 650e18, 650e18);
        _assertPast(start + 20, 500e18, 500e18);
    }

    /// @dev Votes of a second are those at its end: stake that comes and goes within it has none.
    function test_LastChangeOfASecondCounts() external {
        _stake(staker, 600e18);
        _stake(other, 500e18);
        _enroll(staker);
        _enroll(other);
        _stake(staker, 400e18);
        _unstake(staker, 700e18);
        _unenroll(other);
        vm.warp(block.timestamp + 1);
        _assertPast(block.timestamp - 1, 300e18, 300e18);
        assertEq(vault.getPastVotes(other, block.timestamp - 1), 0);
    }

    function test_TotalIsTheSumOfEnrolledAccounts() external {
        _stake(staker, 600e18);
        _stake(other, 500e18);
        _stake(stranger, 1_000e18);
        _enroll(staker);
        vm.warp(block.timestamp + 5);
        _enroll(other);
        vm.warp(block.timestamp + 5);
        _unenroll(staker);
        vm.warp(block.timestamp + 5);

        assertEq(vault.getPastTotalSupply(block.timestamp - 16), 0);
        assertEq(vault.getPastTotalSupply(block.timestamp - 15), 600e18);
        assertEq(vault.getPastTotalSupply(block.timestamp - 10), 1_100e18);
        assertEq(vault.getPastTotalSupply(block.timestamp - 5), 500e18);
    }

    function test_RevertWhen_TheSecondIsNotOver() external {
        bytes memory refused = abi.encodeWithSelector(
            IStakeVault.FutureLookup.selector,
            block.timestamp,
            block.timestamp
        );
        vm.expectRevert(refused);
        vault.getPastVotes(staker, block.timestamp);
        vm.expectRevert(refused);
        vault.getPastTotalSupply(block.timestamp);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.FutureLookup.selector, type(uint256).max, block.timestamp));
        vault.getPastVotes(staker, type(uint256).max);
    }

    function test_ClockIsInSeconds() external {
        assertEq(vault.clock(), block.timestamp);
        vm.warp(block.timestamp + 77);
        assertEq(vault.clock(), block.timestamp);
        assertEq(vault.CLOCK_MODE(), "mode=timestamp");
    }

    /* SEIZURES AND VOTES */

    function test_SeizedActiveStakeVotesNoMore() external {
        _stake(staker, 1_000e18);
        _enroll(staker);
        _lock(module, staker, 900e18);
        vm.warp(block.timestamp + 1);
        _seize(module, staker, 250e18, other);
        vm.warp(block.timestamp + 1);
        assertEq(vault.getVotes(staker), 750e18);
        _assertPast(block.timestamp - 2, 1_000e18, 1_000e18);
        _assertPast(block.timestamp - 1, 750e18, 750e18);
    }

    function test_SeizedUnbondingStakeCostsNoVotes() external {
        _stake(staker, 1_000e18);
        _enroll(staker);
        _lock(module, staker, 500e18);
        _unstake(staker, 400e18);
        _seize(module, staker, 400e18, other);
        assertEq(vault.getVotes(staker), 600e18);
        _seize(module, staker, 100e18, other);
        vm.warp(block.timestamp + 1);
        _assertPast(block.timestamp - 1, 500e18, 500e18);
    }

    function test_SeizureOfAnAccountWithoutVotesChangesNone() external {
        _stake(other, 700e18);
        _enroll(other);
        _stake(staker, 1_000e18);
        _lock(module, staker, 900e18);
        _seize(module, staker, 900e18, other);
        vm.warp(block.timestamp + 1);
        _assertPast(block.timestamp - 1, 0, 700e18);
    }

    /// @dev Credit is not stake: what one is paid does not vote.
    function test_CreditDoesNotVote() external {
        _stake(other, 700e18);
        _enroll(other);
        _stake(staker, 1_000e18);
        _lock(module, staker, 900e18);
        _seize(module, staker, 900e18, other);
        assertEq(vault.getVotes(other), 700e18);
    }

    /* AGAINST A MODEL */

    /// @dev A random sequence of everything that moves votes, against one entry per second and actor.
    function testFuzz_PastVotesAgreeWithOneEntryPerSecond(bytes32 seed) external {
        uint256 start = block.timestamp;
        for (uint256 i = 0; i < ACTORS; ++i) {
            _stake(_actor(i), 5_000e18);
            _lock(module, _actor(i), 2_000e18);
            _active[i] = 5_000e18;
        }
        for (uint256 step = 0; step < STEPS; ++step) {
            seed = keccak256(abi.encode(seed));
            _act(uint256(seed) % ACTORS, (uint256(seed) >> 8) % 5, 1 + ((uint256(seed) >> 16) % 400e18));
            _tick((uint256(seed) >> 200) % 4);
        }
        _tick(1);
        for (uint256 second = 0; second < _bySecond.length; ++second) {
            uint256 total = 0;
            for (uint256 i = 0; i < ACTORS; ++i) {
                assertEq(vault.getPastVotes(_actor(i), start + second), _bySecond[second][i]);
                total += _bySecond[second][i];
            }
            assertEq(vault.getPastTotalSupply(start + second), total);
        }
        assertEq(vault.getPastTotalSupply(start - 1), 0);
    }

    function _act(uint256 i, uint256 action, uint256 amount) private {
        address actor = _actor(i);
        if (action == 0) {
            _stake(actor, amount);
            _active[i] += amount;
        } else if (action == 1 && _active[i] >= amount) {
            _unstake(actor, amount);
            _active[i] -= amount;
        } else if (action == 2 && !_enrolled[i] && _active[i] >= 500e18) {
            _enroll(actor);
            _enrolled[i] = true;
        } else if (action == 3 && _enrolled[i]) {
            _unenroll(actor);
            _enrolled[i] = false;
        } else if (action == 4) {
            uint256 unbonding = vault.account(actor).unbonding;
            uint256 taken = _seize(module, actor, amount, RESERVE);
            if (taken > unbonding) _active[i] -= taken - unbonding;
        }
        assertEq(vault.getVotes(actor), _enrolled[i] ? _active[i] : 0);
    }

    function _tick(uint256 elapsed) private {
        uint256[ACTORS] memory votes;
        for (uint256 i = 0; i < ACTORS; ++i) votes[i] = _enrolled[i] ? _active[i] : 0;
        for (uint256 s = 0; s < elapsed; ++s) _bySecond.push(votes);
        vm.warp(block.timestamp + elapsed);
    }

    function _actor(uint256 i) private pure returns (address) {
        return address(uint160(0x1000 + i));
    }

    /* A GOVERNOR */

    /// @dev The governor that ships takes the vault as its token.
    function test_GovernorCountsTheVotesOfItsSnapshot() external {
        CredenceGovernor governor = _governor();
        assertEq(governor.clock(), block.timestamp);
        assertEq(governor.CLOCK_MODE(), "mode=timestamp");
        token.transfer(governor.timelock(), 5e18);
        _stake(staker, 700e18);
        _enroll(staker);
        _stake(other, 600e18);
        _enroll(other);
        (uint256 id, address[] memory targets, uint256[] memory values, bytes[] memory calls) = _propose(governor);

        // Stake that comes after the snapshot has no vote, and stake that leaves after it keeps its own.
        uint256 snapshot = governor.proposalSnapshot(id);
        vm.warp(snapshot + 1);
        _stake(stranger, 9_000e18);
        _enroll(stranger);
        _unstake(staker, 700e18);
        vm.prank(staker);
        assertEq(governor.castVote(id, 1), 700e18);
        vm.prank(other);
        assertEq(governor.castVote(id, 0), 600e18);
        vm.prank(stranger);
        assertEq(governor.castVote(id, 0), 0);
        assertEq(governor.quorum(snapshot), 130e18);

        vm.warp(governor.proposalDeadline(id) + 1);
        assertEq(uint8(governor.state(id)), uint8(IGovernor.ProposalState.Succeeded));
        governor.queue(targets, values, calls, keccak256("pay"));
        assertEq(uint8(governor.state(id)), uint8(IGovernor.ProposalState.Queued));
        skip(TIMELOCK_DELAY);
        governor.execute(targets, values, calls, keccak256("pay"));
        assertEq(token.balanceOf(beneficiary), 5e18);
    }

    function test_GovernorHasNoQuorumFromStakeThatIsNotEnrolled() external {
        CredenceGovernor governor = _governor();
        _stake(other, 10_000e18);
        _enroll(other);
        _stake(staker, 90_000e18);
        (uint256 id, , , ) = _propose(governor);
        vm.warp(governor.proposalSnapshot(id) + 1);
        vm.prank(staker);
        assertEq(governor.castVote(id, 1), 0);
        vm.warp(governor.proposalDeadline(id) + 1);
        assertEq(uint8(governor.state(id)), uint8(IGovernor.ProposalState.Defeated));
    }

    function test_RevertWhen_WhoProposesIsNotEnrolled() external {
        CredenceGovernor governor = _governor();
        _stake(other, 10_000e18);
        vm.warp(block.timestamp + 1);
        (address[] memory targets, uint256[] memory values, bytes[] memory calls) = _payment();
        vm.prank(other);
        vm.expectRevert(
            abi.encodeWithSelector(IGovernor.GovernorInsufficientProposerVotes.selector, other, 0, PROPOSAL_THRESHOLD)
        );
        governor.propose(targets, values, calls, "pay");
    }

    /// @dev One day to the vote, three days of it, 500 to propose, quorum 10 %, two days in the timelock.
    function _governor() private returns (CredenceGovernor governor) {
        address[] memory executors = new address[](1); // the zero address: anybody
        TimelockController timelock = new TimelockController(
            TIMELOCK_DELAY,
            new address[](0),
            executors,
            address(this)
        );
        bytes memory code = vm.getCode("contracts/governance/CredenceGovernor.sol:CredenceGovernor");
        bytes memory creation = abi.encodePacked(
            code,
            abi.encode(vault, timelock, 1 days, 3 days, PROPOSAL_THRESHOLD, 10)
        );
        assembly ("memory-safe") {
            governor := create(0, add(creation, 0x20), mload(creation))
        }
        timelock.grantRole(timelock.PROPOSER_ROLE(), address(governor));
    }

    function _propose(
        CredenceGovernor governor
    ) private returns (uint256 id, address[] memory targets, uint256[] memory values, bytes[] memory calls) {
        (targets, values, calls) = _payment();
        // What a proposer has counts from the second after.
        vm.warp(block.timestamp + 1);
        vm.prank(other);
        id = governor.propose(targets, values, calls, "pay");
    }

    function _payment() private view returns (address[] memory targets, uint256[] memory values, bytes[] memory calls) {
        (targets, values, calls) = (new address[](1), new uint256[](1), new bytes[](1));
        targets[0] = address(token);
        calls[0] = abi.encodeCall(token.transfer, (beneficiary, 5e18));
    }

    /* INTERNAL */

    function _enroll(address account) private {
        vm.prank(account);
        vault.enroll();
    }

    function _unenroll(address account) private {
        vm.prank(account);
        vault.unenroll();
    }

    function _assertPast(uint256 timepoint, uint256 votes, uint256 total) private view {
        assertEq(vault.getPastVotes(staker, timepoint), votes, "votes");
        assertEq(vault.getPastTotalSupply(timepoint), total, "total");
    }
}
