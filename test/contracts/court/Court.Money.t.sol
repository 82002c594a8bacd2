// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICourt } from "../../../contracts/court/ICourt.sol";
import { IModelRegistry } from "../../../contracts/models/IModelRegistry.sol";
import { Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { Ruling } from "../../../contracts/types/Ruling.sol";
import { CourtTest } from "../../setup/CourtTest.sol";

/// @notice What jurors earn and lose in cases that are decided. Fifteen holders have one seat each, risk 30 by it and
/// share a fee of 45.
contract CourtMoneyTest is CourtTest {
    uint16 private constant CERTAIN = 2;
    uint256 private constant FEE = 45e18;
    uint256 private constant RISK = 30e18;
    /// @dev The fee of the second round, being more than 10 % of the lock.
    uint256 private constant BOND = 90e18;

    CredenceReceipt private receipt;
    bytes32 private caseId;
    address private outsider = makeAddr("outsider");

    function setUp() public override {
        super.setUp();
        ICourt.Config[] memory more = new ICourt.Config[](1);
        more[0] = _courtConfigs()[STANDARD];
        (more[0].rounds[1].seats, more[0].rounds[1].fee) = (30, 90e18);
        vm.prank(owner);
        court.addConfigs(more);
        IModelRegistry.Policy memory policy = _judgedPolicy();
        policy.courtConfig = CERTAIN;
        judgedModelId = _publishJudged(policy);
        _approve(outsider);
        (receipt, caseId) = _openNew(1);
    }

    function _holderCount() internal pure override returns (uint256) {
        return 15;
    }

    /* SHARES AND LOSSES */

    /// @dev Ten coherent, three not, two silent.
    function test_CoherentJurorsShareTheFeeTheOthersPayTheReserve() external {
        _decide(10, 3, 0, 2);
        disputeManager.settle(receipt);
        uint256 reserve = _credit(RESERVE);
        for (uint256 i = 0; i < 10; ++i) _assertClaim(0, holders[i], 4.5e18, 0);
        for (uint256 i = 10; i < 13; ++i) _assertClaim(0, holders[i], 0, RISK / 2);
        for (uint256 i = 13; i < 15; ++i) _assertClaim(0, holders[i], 0, RISK);
        assertEq(_credit(RESERVE) - reserve, 3 * (RISK / 2) + 2 * RISK);
        assertEq(_credit(address(court)), 0);
    }

    /// @dev A fee that 15 seats do not divide: what a seat risks is rounded up, and so is the half of it, against the juror.
    function test_RisksAndHalvesOfThemAreRoundedUp() external {
        ICourt.Config[] memory more = new ICourt.Config[](1);
        more[0] = _courtConfigs()[STANDARD];
        more[0].rounds[0].fee = 45e18 + 1;
        vm.prank(owner);
        court.addConfigs(more);
        IModelRegistry.Policy memory policy = _judgedPolicy();
        policy.courtConfig = CERTAIN + 1;
        judgedModelId = _publishJudged(policy);
        (, caseId) = _openNew(2);
        _toCommit(caseId, keccak256("seed"));
        (, uint256 risk) = court.weightOf(caseId, holders[0]);
        assertEq(risk, 30e18 + 1);
        _decide(10, 5, 0, 0);
        _assertClaim(0, holders[14], 0, 15e18 + 1);
        _assertClaim(0, holders[0], 4.5e18, 0);
    }

    function test_SeatsWeighInTheShares() external {
        _cast(0, 15, 0, 0);
        _appeal(caseId, Ruling.Overturned, outsider);
        _cast(10, 5, 0, 0);
        _skipPhase(caseId);
        assertEq(uint8(court.currentRuling(caseId)), uint8(Ruling.Overturned));
        // Two seats of 20 that were coherent, of a fee of 90; two that were not.
        _assertClaim(1, holders[0], 9e18, 0);
        _assertClaim(1, holders[14], 0, (2 * RISK) / 2);
    }

    /// @dev Seven do not divide 45: the shares are equal and at most the fee, whatever the order in which anybody claims,
    /// before or after the case is settled; less than a unit for each juror stays with the court.
    function testFuzz_SharesAreTheFeeInAnyOrder(uint256 order, uint256 coherent, uint256 settledAfter) external {
        coherent = bound(coherent, 5, 15);
        settledAfter = bound(settledAfter, 0, 14);
        _decide(coherent, 0, 0, 0);
        address[] memory line = holders;
        uint256 paid = 0;
        for (uint256 i = 0; i < 15; ++i) {
            uint256 pick = i + (uint256(keccak256(abi.encode(order, i))) % (15 - i));
            (line[i], line[pick]) = (line[pick], line[i]);
            if (i == settledAfter) {
                uint256 before = _credit(RESERVE);
                disputeManager.settle(receipt);
                assertEq(_credit(RESERVE) - before, 160e18, "40 % of the penalty");
            }
            if (_weight(0, line[i]) > 0) paid += _claim(0, line[i]);
        }
        assertEq(paid, coherent * (FEE / coherent));
        assertEq(_credit(address(court)), FEE - paid);
        assertLt(FEE - paid, coherent);
    }

    /* UNDECIDED */

    /// @dev The herd says that it cannot tell: half the fee for all who revealed, whatever they chose; the silent pay.
    function test_UndecidedWithAQuorumPaysHalf() external {
        uint256 before = _wealth(opener);
        _decide(2, 1, 7, 5);
        disputeManager.settle(receipt);
        assertEq(_wealth(opener) - before, BOND + FEE / 2);
        for (uint256 i = 0; i < 10; ++i) _assertClaim(0, holders[i], 2.25e18, 0);
        for (uint256 i = 10; i < 15; ++i) _assertClaim(0, holders[i], 0, RISK);
        assertEq(_credit(address(court)), 0);
    }

    function test_UndecidedWithoutAQuorumPaysNobody() external {
        uint256 before = _wealth(opener);
        _decide(2, 2, 0, 5);
        disputeManager.settle(receipt);
        assertEq(_wealth(opener) - before, BOND + FEE);
        for (uint256 i = 0; i < 4; ++i) _assertClaim(0, holders[i], 0, 0);
        for (uint256 i = 4; i < 9; ++i) _assertClaim(0, holders[i], 0, RISK);
        assertEq(_credit(address(court)), 0);
    }

    function test_EverybodySilent() external {
        uint256 before = _wealth(opener);
        uint256 reserve = _credit(RESERVE);
        _decide(0, 0, 0, 15);
        assertEq(uint8(court.currentRuling(caseId)), uint8(Ruling.Undecided));
        disputeManager.settle(receipt);
        assertEq(_wealth(opener) - before, BOND + FEE);
        for (uint256 i = 0; i < 15; ++i) _assertClaim(0, holders[i], 0, RISK);
        assertEq(_credit(RESERVE) - reserve, 15 * RISK);
    }

    /// @dev Who says "cannot decide" with the herd earns half of what the same herd earns by deciding.
    function test_NotDecidingWithTheHerdDoesNotPayBetter() external {
        uint256 snapshot = vm.snapshotState();
        _decide(0, 0, 12, 0);
        uint256 evading = _claim(0, holders[0]);
        vm.revertToState(snapshot);
        _decide(12, 0, 0, 0);
        uint256 deciding = _claim(0, holders[0]);
        assertEq(evading, FEE / 2 / 12);
        assertEq(deciding, FEE / 12);
    }

    function test_MirroredRulingsPayTheSame() external {
        uint256 snapshot = vm.snapshotState();
        uint256[15] memory first = _wealthsAfter(9, 4);
        vm.revertToState(snapshot);
        // The same jurors, each with the opposite choice.
        _toCommit(caseId, keccak256("seed"));
        uint8[] memory choices = new uint8[](15);
        for (uint256 i = 0; i < 13; ++i) choices[i] = i < 9 ? NOT_AT_FAULT : AT_FAULT;
        _vote(caseId, holders, choices);
        _skipPhase(caseId);
        assertEq(uint8(court.currentRuling(caseId)), uint8(Ruling.Upheld));
        for (uint256 i = 0; i < 15; ++i) {
            if (i < 13) court.claim(caseId, 0, holders[i]);
            assertEq(_wealth(holders[i]), first[i]);
        }
    }

    /* ROUNDS */

    /// @dev Nobody in the first round stood for what became final: its fee goes back to the opener, its jurors lose half.
    function test_WhereNobodyWasCoherentTheFeeGoesBack() external {
        _cast(0, 15, 0, 0);
        _appeal(caseId, Ruling.Overturned, outsider);
        _cast(15, 0, 0, 0);
        _skipPhase(caseId);
        uint256 before = _wealth(opener);
        disputeManager.settle(receipt);
        // Bond, the fee unspent, and the bounty: 60 % of the penalty less the outsider's fee of 90, and less what turning
        // the ruling earns, half of the fee that was paid for it.
        assertEq(_wealth(opener) - before, BOND + FEE + 240e18 - 90e18 - FEE / 2);
        for (uint256 i = 0; i < 15; ++i) _assertClaim(0, holders[i], 0, RISK / 2);
        for (uint256 i = 0; i < 15; ++i) _assertClaim(1, holders[i], 6e18, 0);
        assertEq(_credit(address(court)), 0);
    }

    /// @dev Coherent is who agrees with the final ruling, whichever round made it: the first panel was overruled twice.
    function test_EarlierRoundsArePaidByTheFinalRuling() external {
        _cast(9, 6, 0, 0);
        _appeal(caseId, Ruling.Upheld, outsider);
        _cast(0, 15, 0, 0);
        _appeal(caseId, Ruling.Overturned, outsider);
        _cast(15, 0, 0, 0);
        assertEq(uint8(court.currentRuling(caseId)), uint8(Ruling.Overturned));
        disputeManager.settle(receipt);
        _assertClaim(0, holders[0], 5e18, 0);
        _assertClaim(0, holders[14], 0, RISK / 2);
        _assertClaim(1, holders[0], 0, RISK);
        // 2 % of 20,000 locked, a fifteenth of 600 earned.
        _assertClaim(2, holders[0], 40e18, 0);
    }

    /* WHO CLAIMS */

    /// @dev Losers have no reason to call, so anybody does; the money goes where it belongs.
    function test_AnybodyCollectsLosers() external {
        _decide(10, 5, 0, 0);
        uint256 before = _wealth(stranger);
        vm.expectEmit(address(court));
        emit ICourt.BallotSettled(caseId, 0, holders[14], 0, RISK / 2);
        vm.prank(stranger);
        court.claim(caseId, 0, holders[14]);
        assertEq(_wealth(stranger), before);
        assertEq(_wealth(holders[14]), HOLDER_STAKE - RISK / 2);
    }

    function test_RevertWhen_ClaimedTwiceOrWithoutABallot() external {
        _decide(10, 0, 0, 0);
        court.claim(caseId, 0, holders[0]);
        (ICourt.Ballot memory ballot, bytes32 hash) = court.ballotOf(caseId, 0, holders[0]);
        assertEq(ballot.weight + ballot.risk + uint256(hash), 0);
        address[2] memory nobody = [holders[0], holders[14]];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ICourt.NoBallot.selector, caseId, 0, nobody[i]));
            court.claim(caseId, 0, nobody[i]);
        }
        vm.expectRevert(abi.encodeWithSelector(ICourt.NoBallot.selector, caseId, 1, holders[1]));
        court.claim(caseId, 1, holders[1]);
    }

    /// @dev Opting out, leaving, a code that refuses everything: what a juror does or is changes nothing for the others.
    function test_NobodyBlocksAnother() external {
        _toCommit(caseId, keccak256("seed"));
        for (uint256 i = 0; i < 15; ++i) _commit(caseId, holders[i], AT_FAULT);
        _skipPhase(caseId);
        for (uint256 i = 0; i < 15; ++i) if (i != 1) _reveal(caseId, holders[i], AT_FAULT);
        vm.etch(holders[0], hex"5f5ffd");
        vm.startPrank(holders[1]);
        vault.optOut(address(court));
        vault.unstake(HOLDER_STAKE);
        vault.unenroll();
        vm.stopPrank();
        vm.prank(owner);
        // The court is a genesis module: nobody removes it.
        (bool removed, ) = address(vault).call(abi.encodeCall(vault.removeModule, (address(court))));
        assertFalse(removed);
        skip(24 hours + 36 hours + 30 days);
        vm.prank(holders[1]);
        assertEq(vault.withdraw(), HOLDER_STAKE - RISK);
        _assertClaim(0, holders[0], FEE / 14, 0);
        _assertClaim(0, holders[1], 0, RISK);
        // The third never claims; the case settles, and the others are paid.
        disputeManager.settle(receipt);
        for (uint256 i = 3; i < 15; ++i) _assertClaim(0, holders[i], FEE / 14, 0);
        assertEq(_credit(address(court)), FEE - 13 * (FEE / 14));
        assertEq(vault.lockedBy(address(court), holders[2]), RISK);
        skip(3650 days);
        _assertClaim(0, holders[2], FEE / 14, 0);
    }

    /* HELPERS */

    function _wealthsAfter(uint256 atFault, uint256 notAtFault) private returns (uint256[15] memory wealths) {
        _decide(atFault, notAtFault, 0, 0);
        for (uint256 i = 0; i < 15; ++i) {
            if (i < atFault + notAtFault) court.claim(caseId, 0, holders[i]);
            wealths[i] = _wealth(holders[i]);
        }
    }

    /// @dev `_cast`, and nobody appeals.
    function _decide(uint256 atFault, uint256 notAtFault, uint256 cannotDecide, uint256 silent) private {
        _cast(atFault, notAtFault, cannotDecide, silent);
        _skipPhase(caseId);
    }

    /// @dev So many of the fifteen for each choice, so many commit and stay silent, the others stay away.
    function _cast(uint256 atFault, uint256 notAtFault, uint256 cannotDecide, uint256 silent) private {
        _toCommit(caseId, keccak256(abi.encode("seed", court.caseOf(caseId).round)));
        uint256 revealed = atFault + notAtFault + cannotDecide;
        uint8[] memory choices = new uint8[](15);
        for (uint256 i = 0; i < revealed; ++i) {
            if (i < atFault) choices[i] = AT_FAULT;
            else choices[i] = i < atFault + notAtFault ? NOT_AT_FAULT : CANNOT_DECIDE;
        }
        for (uint256 i = 0; i < silent; ++i) _commit(caseId, holders[revealed + i], AT_FAULT);
        _vote(caseId, holders, choices);
    }

    function _weight(uint256 round, address voter) private view returns (uint256) {
        (ICourt.Ballot memory ballot, ) = court.ballotOf(caseId, round, voter);
        return ballot.weight;
    }

    function _claim(uint256 round, address voter) private returns (uint256) {
        uint256 before = _wealth(voter);
        court.claim(caseId, round, voter);
        return _wealth(voter) - before;
    }

    /// @dev Claims, and the ballot's risk is free or forfeited.
    function _assertClaim(uint256 round, address voter, uint256 paid, uint256 forfeited) private {
        (ICourt.Ballot memory ballot, ) = court.ballotOf(caseId, round, voter);
        uint256 locked = vault.lockedBy(address(court), voter);
        (uint256 wealth, uint256 credit) = (_wealth(voter), _credit(voter));
        court.claim(caseId, round, voter);
        assertEq(_credit(voter) - credit, paid, "paid");
        assertEq(_wealth(voter), wealth + paid - forfeited, "wealth");
        assertEq(locked - vault.lockedBy(address(court), voter), ballot.risk, "unlocked");
    }
}
