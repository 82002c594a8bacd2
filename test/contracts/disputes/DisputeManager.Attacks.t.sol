// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICourt } from "../../../contracts/court/ICourt.sol";
import { IModelRegistry } from "../../../contracts/models/IModelRegistry.sol";
import { IStakeVault } from "../../../contracts/staking/IStakeVault.sol";
import { AnswerStatus } from "../../../contracts/types/Confidence.sol";
import { Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { Ruling } from "../../../contracts/types/Ruling.sol";
import { BlockingToken } from "../../mocks/BlockingToken.sol";
import { DisputeTest } from "../../setup/DisputeTest.sol";

/// @notice Attacks on the money of cases: each attacker's wealth before and after.
contract DisputeManagerAttacksTest is DisputeTest {
    CredenceReceipt private receipt;
    bytes32 private caseId;
    CredenceReceipt[] private junk;

    function setUp() public override {
        super.setUp();
        receipt = _judged(1);
    }

    /* SELF-DISPUTE: operator, beneficiary and opener are one */

    /// @dev It loses the reserve's 40 % of the penalty and the jurors' fee.
    function test_OverturningOneselfCostsTheReserveAndTheFee() external {
        _begin();
        _voteAll(caseId, AT_FAULT);
        _finish();
        assertEq(_coalition(), -(160 + 45) * E);
    }

    /// @dev It loses the fee and half of the bond.
    function test_BeingUpheldAgainstOneselfCostsTheFeeAndHalfTheBond() external {
        _begin();
        _voteAll(caseId, NOT_AT_FAULT);
        _finish();
        assertEq(_coalition(), -45 * E - 91.5e18);
    }

    function test_AskingWhatNobodyCanDecideCostsHalfTheFee() external {
        _begin();
        _voteAll(caseId, CANNOT_DECIDE);
        _finish();
        assertEq(_coalition(), -22.5e18);
    }

    /// @dev Both sides of an appeal as well: the bond that loses pays the fee that wins, the rest is halved or the reserve's.
    function test_AppealingAgainstOneselfCostsMore() external {
        _begin();
        _voteAll(caseId, AT_FAULT);
        _appeal(caseId, Ruling.Upheld, outsider);
        _voteAll(caseId, AT_FAULT);
        _finish();
        _withdraw(caseId, 1, Ruling.Upheld, outsider);
        // 200 of the penalty and 321 of a bond to the reserve, two fees to jurors.
        assertEq(_coalition() + _gain(outsider), -(200 + 321 + 45 + 183) * E);
    }

    /* PUPPETS */

    /// @dev A liar's friend is first with an empty accusation; somebody shows evidence and appeals.
    function test_PuppetChallengerIsCorrectedByAnOutsider() external {
        _begin();
        _voteAll(caseId, NOT_AT_FAULT);
        vm.prank(outsider);
        court.submitEvidence(caseId, "ipfs://what-really-happened");
        _appeal(caseId, Ruling.Overturned, outsider);
        _voteAll(caseId, AT_FAULT);
        _finish();
        _withdraw(caseId, 1, Ruling.Overturned, outsider);
        assertEq(_gain(beneficiary), 400 * E);
        // Of a bounty of 57 half of the first fee is the outsider's.
        assertEq(_gain(outsider), 22.5e18);
        assertEq(_gain(opener) + _gain(operator), -800 * E + 34.5e18);
    }

    /// @dev A liar that was let go finances its own conviction: it takes part of a bounty of its own money.
    function test_PuppetThatTurnsToTheRightRulingLoses() external {
        _begin();
        _voteAll(caseId, NOT_AT_FAULT);
        _appeal(caseId, Ruling.Overturned, rival);
        _voteAll(caseId, AT_FAULT);
        _finish();
        _withdraw(caseId, 1, Ruling.Overturned, rival);
        assertEq(_gain(rival) + _gain(operator), -800 * E + 22.5e18);
        // Whoever opened it is whole, and has the rest.
        assertEq(_gain(opener), 34.5e18);
    }

    /// @dev It appeals against the right ruling; the right ruling comes again and its bond pays for that.
    function test_PuppetThatAsksForTheWrongRulingPaysForTheRightOne() external {
        _begin();
        _voteAll(caseId, AT_FAULT);
        _appeal(caseId, Ruling.Upheld, rival);
        _voteAll(caseId, AT_FAULT);
        _finish();
        assertEq(_withdraw(caseId, 1, Ruling.Upheld, rival), 0);
        assertEq(_gain(rival) + _gain(operator), -(800 + 549) * E);
        assertEq(_gain(opener), 200 * E);
    }

    /// @dev It turns the ruling to the wrong one, and everybody turns it back.
    function test_PuppetThatTurnsToTheWrongRulingIsTurnedBack() external {
        _begin();
        _voteAll(caseId, AT_FAULT);
        _appeal(caseId, Ruling.Upheld, rival);
        _voteAll(caseId, NOT_AT_FAULT);
        _appeal(caseId, Ruling.Overturned, outsider);
        _voteAll(caseId, AT_FAULT);
        _finish();
        assertEq(_withdraw(caseId, 1, Ruling.Upheld, rival), 183e18);
        _withdraw(caseId, 2, Ruling.Overturned, outsider);
        // Its bond of 366 and 240 of the penalty pay 606 of the fees of 645 pro rata: of the first and the last round.
        assertEq(_gain(opener), -45 * E + int256((uint256(606e18) * 45e18) / 645e18));
        assertEq(_gain(outsider), -600 * E + int256((uint256(606e18) * 600e18) / 645e18));
        // The second round's jurors were not for the final ruling: its fee came back to who paid it.
        assertEq(_gain(rival) + _gain(operator), -(800 + 366) * E);
    }

    /* POOR BUT RIGHT */

    /// @dev Having opened, it has nothing left; others finance what is right and get their money back.
    function test_PoorOpenerWinsWithoutPaying() external {
        vm.startPrank(opener);
        token.transfer(address(this), token.balanceOf(opener) - 228e18);
        vm.stopPrank();
        _begin();
        assertEq(token.balanceOf(opener), 0);
        _voteAll(caseId, NOT_AT_FAULT);
        _contribute(caseId, Ruling.Overturned, outsider, 200e18);
        _contribute(caseId, Ruling.Overturned, rival, 349e18);
        _voteAll(caseId, AT_FAULT);
        _finish();
        _withdraw(caseId, 1, Ruling.Overturned, outsider);
        _withdraw(caseId, 1, Ruling.Overturned, rival);
        assertEq(_gain(opener), 34.5e18);
        assertGt(_gain(outsider), 0);
        assertEq(_gain(outsider) + _gain(rival), 22.5e18);
    }

    function test_PoorOperatorWinsWithoutPaying() external {
        _begin();
        assertEq(token.balanceOf(operator), 0);
        _voteAll(caseId, AT_FAULT);
        _appeal(caseId, Ruling.Upheld, outsider);
        _voteAll(caseId, NOT_AT_FAULT);
        _finish();
        _withdraw(caseId, 1, Ruling.Upheld, outsider);
        assertEq(_gain(operator), 0);
        assertEq(_gain(outsider), 0);
        _assertStatus(receipt, AnswerStatus.Final);
    }

    /// @dev Nobody has to pay to keep a ruling: a rich loser's half-funded appeal is refunded, and that is all.
    function test_KeepingARulingCostsNothing() external {
        _begin();
        _voteAll(caseId, AT_FAULT);
        _contribute(caseId, Ruling.Upheld, rival, 548e18);
        _finish();
        _withdraw(caseId, 1, Ruling.Upheld, rival);
        assertEq(_gain(opener), 195 * E);
        assertEq(_gain(rival), 0);
    }

    /* THE SEED LAPSES */

    /// @dev A liar's friend opens and nobody asks for a seed: nothing is decided, and nothing gained.
    function test_LettingTheSeedLapseGainsNothing() external {
        _begin();
        _lapse();
        _finish();
        _assertStatus(receipt, AnswerStatus.Undecided);
        assertEq(_gain(opener), 0);
        assertEq(_gain(operator), 0);
    }

    function test_LapsedSeedIsCorrectedByAnAppeal() external {
        _begin();
        _lapse();
        _appeal(caseId, Ruling.Overturned, outsider);
        _voteAll(caseId, AT_FAULT);
        _finish();
        _withdraw(caseId, 1, Ruling.Overturned, outsider);
        _assertStatus(receipt, AnswerStatus.Overturned);
        // Made whole, and no more: nobody had ruled, so it turned nothing.
        assertEq(_gain(outsider), 0);
        assertEq(_gain(beneficiary), 400 * E);
        assertEq(_gain(opener) + _gain(operator), -800 * E + 57 * E);
    }

    /* THE POTS */

    /// @dev Credit is claimable by anybody for whoever has it: not that of the contracts which hold others' money.
    function test_NobodyClaimsThePots() external {
        _begin();
        uint256 before = token.balanceOf(address(vault));
        address[2] memory pots = [address(disputeManager), address(court)];
        for (uint256 i = 0; i < 2; ++i) {
            assertGt(_credit(pots[i]), 0);
            vm.expectRevert(abi.encodeWithSelector(IStakeVault.CreditKept.selector, pots[i]));
            vm.prank(stranger);
            vault.claim(pots[i]);
        }
        assertEq(token.balanceOf(address(vault)), before);
        _voteAll(caseId, AT_FAULT);
        _finish();
        assertEq(_gain(opener), 195 * E);
        vault.claim(opener);
        assertEq(_gain(opener), 195 * E);
        _assertConserved();
    }

    /* BLACKLISTED */

    function test_BlacklistedRecipientHurtsOnlyItself() external {
        _begin();
        _voteAll(caseId, NOT_AT_FAULT);
        _appeal(caseId, Ruling.Overturned, outsider);
        _voteAll(caseId, AT_FAULT);
        address[4] memory all = [opener, beneficiary, outsider, RESERVE];
        vm.etch(address(token), address(new BlockingToken(0)).code);
        uint256 snapshot = vm.snapshotState();
        for (uint256 i = 0; i < all.length; ++i) {
            BlockingToken(address(token)).setBlocked(all[i]);
            _finish();
            _withdraw(caseId, 1, Ruling.Overturned, outsider);
            for (uint256 k = 0; k < all.length; ++k) {
                uint256 before = token.balanceOf(all[k]);
                uint256 credit = _credit(all[k]);
                if (k == i) vm.expectRevert(abi.encodeWithSelector(BlockingToken.Blocked.selector, all[k]));
                vault.claim(all[k]);
                assertEq(token.balanceOf(all[k]), k == i ? before : before + credit);
            }
            vm.revertToState(snapshot);
        }
    }

    /* JUNK */

    /// @dev A hundred cases on right answers: what the opener loses, others share, and the next case costs the same.
    function test_HundredJunkCasesEarnNobodyAnything() external {
        _useFast();
        (uint256 bond, uint256 fee) = disputeManager.openingCost(receipt);
        for (uint256 i = 0; i < 100; ++i) junk.push(_judgedFast(100 + i));
        _note();
        for (uint256 i = 0; i < 100; ++i) _open(junk[i]);
        _decideJunk(NOT_AT_FAULT);
        assertEq(_gain(opener), -100 * int256(bond + fee));
        assertEq(_gain(operator), 50 * int256(bond));
        assertLe(_jurorsGain(), 100 * int256(fee));
        assertGe(_gain(RESERVE), 50 * int256(bond));
        (uint256 bondAfter, uint256 feeAfter) = disputeManager.openingCost(receipt);
        assertEq(bondAfter, bond);
        assertEq(feeAfter, fee);
        assertEq(_gain(opener) + _gain(operator) + _gain(RESERVE) + _jurorsGain() + _dust(), 0);
        assertLt(_credit(address(court)), 100 * holders.length);
    }

    /// @dev The cheapest way to bind jurors' stake is what nobody can decide: it costs a twentieth of what a panel is
    /// expected to lock, and never less.
    function test_JammingJurorsCostsATwentiethOfWhatItLocks() external {
        uint256 count = 20;
        for (uint256 i = 0; i < count; ++i) junk.push(_judgedAnswer(100 + i));
        _note();
        for (uint256 i = 0; i < count; ++i) _open(junk[i]);
        uint256 locked = _decideJunk(CANNOT_DECIDE);
        uint256 lost = uint256(-_gain(opener));
        assertEq(lost, count * 22.5e18);
        // 15 seats of 30 are expected; twenty panels together are within a quarter of that.
        assertGe(lost * 20, count * 15 * 30e18);
        assertApproxEqRel(locked, count * 15 * 30e18, 0.25e18);
        assertEq(_credit(address(disputeManager)), 0);
    }

    /* CONSERVATION */

    /// @dev Whoever votes what, whoever appeals, in whatever order ballots are settled: nothing comes from nowhere.
    function testFuzz_GainsAreLosses(bytes32 entropy) external {
        _begin();
        for (uint256 round = 0; round < 3; ++round) {
            _toCommit(caseId, keccak256(abi.encode(entropy, round)));
            uint8[] memory choices = new uint8[](holders.length);
            for (uint256 i = 0; i < choices.length; ++i) {
                choices[i] = uint8(uint256(keccak256(abi.encode(entropy, round, i))) % 4);
            }
            _vote(caseId, holders, choices);
            if (round == 2) break;
            uint256 asked = uint256(keccak256(abi.encode(entropy, "asked", round))) % 4;
            if (asked == 3 || Ruling(asked) == court.currentRuling(caseId)) break;
            _appeal(caseId, Ruling(asked), round == 0 ? outsider : rival);
        }
        _skipToTheEnd();
        disputeManager.settle(receipt);
        _withdrawAll();
        if (uint8(entropy[31]) % 2 == 0) _reverseHolders();
        _claimAll(caseId);
        _assertConserved();
        assertLe(_coalition() + _gain(outsider) + _gain(rival), 0, "all parties together");
    }

    /* HELPERS */

    function _begin() private {
        _publish(_anchorOne(receipt));
        _note();
        caseId = _open(receipt);
    }

    /// @dev Settles the case and all ballots, and counts everything.
    function _finish() private {
        _settle(receipt, caseId);
        _claimAll(caseId);
    }

    function _coalition() private view returns (int256) {
        return _gain(operator) + _gain(beneficiary) + _gain(opener);
    }

    /// @dev To the time to appeal, without a seed.
    function _lapse() private {
        for (uint256 i = 0; i < 4; ++i) _skipPhase(caseId);
        _assertPhase(caseId, ICourt.Phase.Appeal);
    }

    function _skipToTheEnd() private {
        if (court.caseOf(caseId).phase == ICourt.Phase.Appeal) _skipPhase(caseId);
        _assertPhase(caseId, ICourt.Phase.Final);
    }

    function _withdrawAll() private {
        for (uint256 asked = 0; asked < 3; ++asked) {
            if (disputeManager.contributionOf(caseId, 1, Ruling(asked), outsider) > 0) {
                _withdraw(caseId, 1, Ruling(asked), outsider);
            }
            if (disputeManager.contributionOf(caseId, 2, Ruling(asked), rival) > 0) {
                _withdraw(caseId, 2, Ruling(asked), rival);
            }
        }
    }

    function _reverseHolders() private {
        uint256 last = holders.length - 1;
        for (uint256 i = 0; i <= last / 2; ++i) (holders[i], holders[last - i]) = (holders[last - i], holders[i]);
    }

    function _useFast() private {
        IModelRegistry.Policy memory policy = _judgedPolicy();
        policy.courtConfig = FAST;
        receipt.modelId = _publishJudged(policy);
    }

    function _judgedFast(uint256 job) private returns (CredenceReceipt memory made) {
        made = _judged(job);
        made.modelId = receipt.modelId;
        _publish(_anchorOne(made));
    }

    /// @dev All cases of `junk` at once, through one round and settled.
    /// @return locked what jurors had locked for them together.
    function _decideJunk(uint8 choice) private returns (uint256 locked) {
        _skipPhase(_id(junk[0]));
        for (uint256 i = 0; i < junk.length; ++i) {
            bytes32 id = _id(junk[i]);
            _seed(id, keccak256(abi.encode("junk", i)));
            for (uint256 k = 0; k < holders.length; ++k) {
                (uint256 weight, ) = court.weightOf(id, holders[k]);
                if (weight > 0) _commit(id, holders[k], choice);
            }
        }
        for (uint256 k = 0; k < holders.length; ++k) locked += vault.lockedBy(address(court), holders[k]);
        _skipPhase(_id(junk[0]));
        for (uint256 i = 0; i < junk.length; ++i) _revealJunk(_id(junk[i]), choice);
        _skipPhase(_id(junk[0]));
        _skipPhase(_id(junk[0]));
        for (uint256 i = 0; i < junk.length; ++i) {
            disputeManager.settle(junk[i]);
            _claimAll(_id(junk[i]));
        }
    }

    function _revealJunk(bytes32 id, uint8 choice) private {
        for (uint256 k = 0; k < holders.length; ++k) {
            (ICourt.Ballot memory ballot, ) = court.ballotOf(id, 0, holders[k]);
            if (ballot.weight > 0) _reveal(id, holders[k], choice);
        }
    }
}
