// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../../contracts/attestations/IAttestationRegistry.sol";
import { IDisputeManager } from "../../../contracts/disputes/IDisputeManager.sol";
import { IOperatorRegistry } from "../../../contracts/operators/IOperatorRegistry.sol";
import { IReplayGame } from "../../../contracts/replay/IReplayGame.sol";
import { ISlashingRegistry } from "../../../contracts/slashing/ISlashingRegistry.sol";
import { AnswerStatus } from "../../../contracts/types/Confidence.sol";
import { Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { Parameters } from "../../setup/Deploy.sol";
import { GameTest } from "../../setup/GameTest.sol";

/// @notice Silence at every turn, of both sides, and what it costs whom: lock 800, of it coverage 400; bond 50.
contract ReplayGameClocksTest is GameTest {
    CredenceReceipt private receipt;
    bytes32 private id;
    uint256 private finalAt;

    function setUp() public override {
        super.setUp();
        receipt = _wrongAnswer(1);
        id = _id(receipt);
        finalAt = attestations.answer(id).finalAt;
        _note();
        _openGame(receipt);
    }

    /* THE OPERATOR IS SILENT */

    function test_OperatorPublishesNoRoots() external {
        _assertOperatorLoses(0, IReplayGame.Phase.Roots);
    }

    function test_OperatorOpensNotTheRoot() external {
        _assertOperatorLoses(2, IReplayGame.Phase.Reveal);
    }

    function test_OperatorOpensNotTheNode() external {
        _assertOperatorLoses(4, IReplayGame.Phase.Reveal);
    }

    function test_OperatorOpensNotTheLeaf() external {
        _assertOperatorLoses(6, IReplayGame.Phase.Reveal);
    }

    /// @dev An answer may be right: who does not show what it computed is not believed.
    function test_OperatorThatIsRightLosesBySilence() external {
        CredenceReceipt memory right = _honestAnswer(2);
        _openGame(right, rival);
        skip(13 hours);
        _claimTimeout(2, right);
        _assertStatus(right, AnswerStatus.Overturned);
        assertEq(_gain(operator), -800 * E);
        assertEq(_gain(rival), 200 * E);
        skip(1 hours);
        _claimTimeout(1, receipt);
        _assertTally(ISlashingRegistry.Offence.Unresponsive, 2, 2 * JUDGED_LOCK);
        assertEq(protocol.operators.operator(operator).jailedUntil, block.timestamp + 14 days + 1 days);
    }

    /* THE CHALLENGER IS SILENT */

    function test_ChallengerChoosesNothing() external {
        _assertChallengerLoses(1, IReplayGame.Phase.Choose);
    }

    function test_ChallengerPicksNoNode() external {
        _assertChallengerLoses(3, IReplayGame.Phase.Pick);
    }

    function test_ChallengerPicksNoLeaf() external {
        _assertChallengerLoses(5, IReplayGame.Phase.Pick);
    }

    /// @dev All is shown, and it proves nothing by it, though it could.
    function test_ChallengerProvesNothing() external {
        _assertChallengerLoses(7, IReplayGame.Phase.Prove);
    }

    /// @dev Before the time to contest is over, the answer is as it was.
    function test_GameLostInTheWindowLeavesTheAnswerPending() external {
        _move(1, receipt, 5);
        skip(13 hours);
        _claimTimeout(1, receipt);
        _assertReleased(IAttestationRegistry.LockState.InBucket, 0, finalAt);
        _assertStatus(receipt, AnswerStatus.Pending);
        vm.warp(finalAt - 1);
        uint256 gameId = _openGame(receipt, rival);
        _assertPhase(gameId, IReplayGame.Phase.Choose);
    }

    /* THE CLAIM */

    /// @dev Half to the operator, rounded down; what is left to the reserve.
    function testFuzz_LostBondIsHalved(uint96 bond) external {
        bond = uint96(bound(bond, 5e18, 500e18));
        vm.prank(owner);
        disputeManager.setReplayBond(bond);
        _publishRoots(receipt);
        _note();
        _openGame(receipt, rival);
        skip(13 hours);
        vm.expectEmit(address(disputeManager));
        emit IDisputeManager.GameBondForfeited(2, operator, bond / 2, bond - bond / 2);
        _claimTimeout(2, receipt);
        assertEq(_gain(rival), -int256(uint256(bond)));
        assertEq(_gain(operator), int256(uint256(bond / 2)));
        assertEq(_gain(RESERVE), int256(uint256(bond) - bond / 2));
        assertEq(_gain(challenger) + _gain(stranger) + _gain(beneficiary), 0);
    }

    function test_OddBond() external {
        vm.prank(owner);
        disputeManager.setReplayBond(50e18 + 1);
        _publishRoots(receipt);
        _note();
        _openGame(receipt, rival);
        skip(13 hours);
        _claimTimeout(2, receipt);
        assertEq(_gain(operator), 25e18);
        assertEq(_gain(RESERVE), 25e18 + 1);
    }

    /// @dev By anybody, for the challenger: whoever is first to claim gains nothing.
    function test_ClaimIsPaidToTheChallenger() external {
        address[4] memory callers = [operator, rival, beneficiary, challenger];
        vm.warp(game.gameOf(1).deadline);
        for (uint256 i = 0; i < 4; ++i) {
            uint256 snapshot = vm.snapshotState();
            vm.prank(callers[i]);
            game.claimTimeout(1, receipt);
            assertEq(_gain(challenger), 200 * E);
            assertEq(_gain(rival), 0);
            assertEq(_gain(beneficiary), 400 * E);
            assertEq(_gain(operator), -800 * E);
            vm.revertToState(snapshot);
        }
    }

    function test_RevertWhen_ClaimedTwice() external {
        vm.warp(game.gameOf(1).deadline);
        _claimTimeout(1, receipt);
        _expectOver(1);
        _claimTimeout(1, receipt);
        _expectOver(1);
        game.withdrawBond(1);
        assertEq(_gain(challenger), 200 * E);
        _assertConserved();
    }

    function test_RevertWhen_LostTwice() external {
        _move(1, receipt, 5);
        _openGame(receipt, rival);
        skip(13 hours);
        _claimTimeout(1, receipt);
        _expectOver(1);
        _claimTimeout(1, receipt);
        // One hold was released, not two.
        _assertReleased(IAttestationRegistry.LockState.Held, 1, finalAt);
        assertEq(_gain(operator), 25 * E);
        assertEq(_credit(address(disputeManager)), BOND);
    }

    /// @dev A challenger that was too late as well: once the answer is overturned, its game is not lost any more.
    function test_RevertWhen_LostAfterTheAnswerWas() external {
        _move(1, receipt, 5);
        skip(13 hours);
        _proveElement(receipt, lies[id].row, outsider);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAttestationRegistry.LockInState.selector,
                id,
                IAttestationRegistry.LockState.Seized,
                IAttestationRegistry.LockState.Held
            )
        );
        _claimTimeout(1, receipt);
        _assertPhase(1, IReplayGame.Phase.Choose);
        vm.expectEmit(address(disputeManager));
        emit IDisputeManager.GameBondReturned(1, challenger, BOND);
        vm.prank(stranger);
        game.withdrawBond(1);
        assertEq(_gain(challenger), 0);
        assertEq(_gain(outsider), 200 * E);
        _expectOver(1);
        game.withdrawBond(1);
        _assertConserved();
    }

    /// @dev An operator that was silent and is proven wrong before anybody claims is punished once, for the answer.
    function test_ProofBeforeTheClaim() external {
        skip(13 hours);
        _proveElement(receipt, lies[id].row, rival);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAttestationRegistry.LockInState.selector,
                id,
                IAttestationRegistry.LockState.Seized,
                IAttestationRegistry.LockState.InBucket
            )
        );
        _claimTimeout(1, receipt);
        game.withdrawBond(1);
        assertEq(_gain(challenger), 0);
        assertEq(_gain(rival), 200 * E);
        _assertTally(ISlashingRegistry.Offence.Unresponsive, 0, 0);
        _assertTally(ISlashingRegistry.Offence.FalseAnswer, 1, JUDGED_LOCK);
        _assertConserved();
    }

    /* HELPERS */

    /// @dev After `moves` moves, each in its last second, nobody moves; a stranger claims at the deadline.
    function _stall(uint256 moves, IReplayGame.Phase phase) private {
        for (uint256 i = 0; i < moves; ++i) {
            skip(13 hours - 1);
            _move(1, receipt, 5);
        }
        _assertPhase(1, phase);
        skip(13 hours);
        bool operatorLost = phase == IReplayGame.Phase.Roots || phase == IReplayGame.Phase.Reveal;
        vm.expectEmit(address(game));
        emit IReplayGame.ClockClaimed(1, id, operatorLost);
    }

    function _assertOperatorLoses(uint256 moves, IReplayGame.Phase phase) private {
        _stall(moves, phase);
        vm.expectEmit(address(attestations));
        emit IAttestationRegistry.AnswerSeized(id, operator, JUDGED_LOCK);
        vm.expectEmit(address(disputeManager));
        emit IDisputeManager.AnswerOverturned(
            id,
            operator,
            challenger,
            ISlashingRegistry.Offence.Unresponsive,
            JUDGED_LOCK,
            200e18
        );
        vm.expectEmit(address(disputeManager));
        emit IDisputeManager.GameBondReturned(1, challenger, BOND);
        _claimTimeout(1, receipt);
        _assertOver();
        _assertStatus(receipt, AnswerStatus.Overturned);
        _assertReleased(IAttestationRegistry.LockState.Seized, 0, finalAt);
        _assertGains([-800 * E, 400 * E, 200 * E, 200 * E]);
        _assertTally(ISlashingRegistry.Offence.Unresponsive, 1, JUDGED_LOCK);
        _assertTally(ISlashingRegistry.Offence.FalseAnswer, 0, 0);
        IOperatorRegistry.OperatorView memory o = protocol.operators.operator(operator);
        assertEq(uint8(o.status), uint8(IOperatorRegistry.OperatorStatus.Jailed));
        // A day more than the term, in which receipts of before are anchored.
        assertEq(o.jailedUntil, block.timestamp + 14 days + 1 days);
        assertEq(_locked(), 0);
    }

    function _assertChallengerLoses(uint256 moves, IReplayGame.Phase phase) private {
        _stall(moves, phase);
        uint256 end = block.timestamp > finalAt ? block.timestamp : finalAt;
        vm.expectEmit(address(attestations));
        emit IAttestationRegistry.AnswerReleased(id, IAttestationRegistry.CaseEnd.Unproven, 0, end);
        vm.expectEmit(address(disputeManager));
        emit IDisputeManager.GameBondForfeited(1, operator, 25e18, 25e18);
        _claimTimeout(1, receipt);
        _assertOver();
        _assertReleased(IAttestationRegistry.LockState.InBucket, 0, end);
        _assertGains([25 * E, int256(0), -50 * E, 25 * E]);
        _assertTally(ISlashingRegistry.Offence.Unresponsive, 0, 0);
        _assertTally(ISlashingRegistry.Offence.FalseAnswer, 0, 0);
        IOperatorRegistry.OperatorView memory o = protocol.operators.operator(operator);
        assertEq(uint8(o.status), uint8(IOperatorRegistry.OperatorStatus.Active));
        vm.warp(end);
        _assertStatus(receipt, AnswerStatus.Final);
        // A survived game proves nothing: no method but that it was seen.
        assertEq(attestations.answer(id).methods, 1);
    }

    /// @dev Of operator, beneficiary, challenger and reserve; nobody else's, and nothing is left on its way.
    function _assertGains(int256[4] memory gains) private view {
        assertEq(_gain(operator), gains[0], "operator");
        assertEq(_gain(beneficiary), gains[1], "beneficiary");
        assertEq(_gain(challenger), gains[2], "challenger");
        assertEq(_gain(RESERVE), gains[3], "reserve");
        assertEq(_gain(stranger), 0, "stranger");
        _assertConserved();
    }

    function _assertOver() private view {
        _assertPhase(1, IReplayGame.Phase.Over);
        (address by, uint256 bond) = disputeManager.bondOf(1);
        assertEq(by, address(0));
        assertEq(bond, 0);
    }

    function _assertReleased(IAttestationRegistry.LockState state, uint256 openCases, uint256 end) private view {
        IAttestationRegistry.AnswerView memory a = attestations.answer(id);
        assertEq(uint8(a.state), uint8(state), "state");
        assertEq(a.openCases, openCases, "openCases");
        assertEq(a.finalAt, end, "finalAt");
        assertEq(a.locked, JUDGED_LOCK, "locked");
    }

    function _expectOver(uint256 gameId) private {
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.GameNotOpen.selector, gameId, IReplayGame.Phase.Over));
    }
}

/// @notice A deployment whose bond is one unit: half of it is nothing.
contract ReplayGameSmallestBondTest is GameTest {
    function _parameters() internal view override returns (Parameters memory p) {
        p = super._parameters();
        p.replayBond = 1;
    }

    function test_ReserveHasTheLastUnit() external {
        CredenceReceipt memory receipt = _honestAnswer(1);
        _publishRoots(receipt);
        _note();
        _openGame(receipt);
        assertEq(_gain(challenger), -1);
        skip(13 hours);
        vm.expectEmit(address(disputeManager));
        emit IDisputeManager.GameBondForfeited(1, operator, 0, 1);
        _claimTimeout(1, receipt);
        assertEq(_gain(operator), 0);
        assertEq(_gain(RESERVE), 1);
        _assertConserved();
    }
}
