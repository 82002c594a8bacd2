// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IReplayGame } from "../../contracts/replay/IReplayGame.sol";
import { AnswerStatus } from "../../contracts/types/Confidence.sol";
import { Receipt as CredenceReceipt } from "../../contracts/types/Receipt.sol";
import { GameActions } from "./GameActions.sol";

/// @notice Arithmetic under random action by operators that are honest or lie in one place, challengers that run the
/// model or do not, and everybody else, with court cases on the same answers. Held against the store after every action;
/// at the end of a run every game is played to its end. The numbers are those of docs/invariants.
/// hardhat-config: invariant.failOnRevert = true
contract ReplayInvariants is GameActions {
    function setUp() public override {
        super.setUp();
        // A run begins with something to challenge: lies of all kinds, and two answers that are right.
        for (uint256 lie = 0; lie < 9; ++lie) _newAnswer(lie, Lie(lie), lie % TENSORS, lie == 0 ? 0 : 2);
        _newAnswer(9, Lie.None, 0, 0);
        targetContract(address(this));
        targetSelector(FuzzSelector({ addr: address(this), selectors: _gameActions() }));
    }

    function _gameActions() private pure returns (bytes4[] memory selectors) {
        bytes4[42] memory all = [
            this.openGame.selector,
            this.openGame.selector,
            this.openGame.selector,
            this.openGame.selector,
            this.openGame.selector,
            this.play.selector,
            this.play.selector,
            this.play.selector,
            this.play.selector,
            this.play.selector,
            this.play.selector,
            this.meddle.selector,
            this.meddle.selector,
            this.meddle.selector,
            this.publishRoots.selector,
            this.jumpInGame.selector,
            this.jumpInGame.selector,
            this.jumpInGame.selector,
            this.claimTimeout.selector,
            this.claimTimeout.selector,
            this.withdrawBond.selector,
            this.prove.selector,
            this.prove.selector,
            this.prove.selector,
            this.setReplayBond.selector,
            this.trespassInGames.selector,
            this.anchor.selector,
            this.answer.selector,
            this.answer.selector,
            this.answer.selector,
            this.anchorReceipt.selector,
            this.merge.selector,
            this.honour.selector,
            this.slashDishonoured.selector,
            this.register.selector,
            this.restoreBond.selector,
            this.openCase.selector,
            this.openCase.selector,
            this.proceed.selector,
            this.proceed.selector,
            this.slashEquivocation.selector,
            this.warp.selector
        ];
        selectors = new bytes4[](all.length);
        for (uint256 i = 0; i < all.length; ++i) selectors[i] = all[i];
    }

    /* INVARIANTS */

    /// @notice 1, 2, 6 to 8, 12 to 15, 18, 19: every action did what it must, nobody lost without a fault of its own;
    /// court and disputes have exactly what they owe.
    function invariant_MoneyOfGamesIsWhatIsOwed() public view {
        assertEq(_surprise, "");
        _checkBalances();
        _checkLocks();
        _checkPast();
        _checkCourt();
        assertEq(_creditOf(disputes), _disputesOwe() + _bondsAtStake(), "what the disputes owe");
        assertEq(_creditOf(disputes), _ledger[disputes].credit, "credit of the disputes");
    }

    /// @notice 3 to 5, 11, 21: locks and readings of answers with games on them.
    function invariant_AnswersOfGamesReadAsRecorded() public {
        _checkAnswers();
        _checkLeafLocks();
        _checkPayable();
    }

    /// @notice 21: games read as recorded, and each holds its answer.
    function invariant_GamesReadAsRecorded() public view {
        uint256[] memory open = new uint256[](_signed.length);
        for (uint256 g = 1; g <= _gameCount; ++g) {
            _checkGame(g);
            if (_isLive(g)) ++open[_games[g].signed];
        }
        for (uint256 i = 0; i < _signed.length; ++i) {
            if (_isTried(i)) ++open[i];
            if (_isSeized(i)) open[i] = 0;
            assertEq(protocol.attestations.answer(_signed[i].id).openCases, open[i], "games and cases on an answer");
            assertEq(protocol.replay.rootsPublishedAt(_signed[i].id), _rootsAt[i], "roots published at");
        }
        assertEq(uint8(protocol.replay.gameOf(_gameCount + 1).phase), 0, "a game that nobody opened");
    }

    function _checkGame(uint256 g) private view {
        Game storage game = _games[g];
        IReplayGame.GameView memory v = protocol.replay.gameOf(g);
        assertEq(v.receiptId, _signed[game.signed].id, "answer of a game");
        assertEq(v.challenger, game.challenger, "challenger");
        assertEq(uint8(v.phase), uint8(game.phase), "phase of a game");
        if (_isLive(g)) assertEq(v.deadline, game.deadline, "deadline of a game");
        assertEq(v.tensor, game.tensor, "tensor");
        assertEq(v.leaves, game.node == 0 ? 0 : _model.leavesIn(game.tensor), "leaves");
        assertEq(v.level, game.level, "level");
        assertEq(v.position, game.position, "position");
        assertEq(v.node, game.node, "node");
        (address challenger, uint256 bond) = protocol.disputes.bondOf(g);
        assertEq(bond, game.bond, "bond of a game");
        assertEq(challenger, game.bond == 0 ? address(0) : game.challenger, "whose bond");
    }

    /* THE END OF A RUN */

    /// @notice 17, 20: every wrong answer that is challenged in time by somebody who runs the model is overturned,
    /// whether its operator plays on or not; time alone ends every game, and nothing is left in court and disputes.
    function afterInvariant() public {
        _checkEnd();
    }

    function _checkEnd() private forgetful {
        uint256 snapshot = vm.snapshotState();
        _stubborn = block.timestamp % 2 == 0;
        bool[] memory due = new bool[](_signed.length);
        for (uint256 i = 0; i < _signed.length; ++i) {
            if (_isUnsettled(i)) _settle(i, stranger);
            if (_isOpen(i) && _isWrong(i)) due[i] = _contest(i, (block.timestamp + i) % 3 == 0);
        }
        for (uint256 g = 1; g <= _gameCount; ++g) if (_isLive(g) && _games[g].honest) due[_games[g].signed] = true;
        _warpTo(block.timestamp, block.timestamp + 30 days);
        _settleAll(_stubborn);
        _closeGames();
        for (uint256 i = 0; i < _signed.length; ++i) assertTrue(!due[i] || _isSeized(i), "a wrong answer stands");
        assertEq(_surprise, "");
        assertEq(_bondsAtStake(), 0, "bonds at stake");
        assertEq(_creditOf(disputes), 0, "left in disputes");
        invariant_MoneyOfGamesIsWhatIsOwed();
        assertTrue(vm.revertToStateAndDelete(snapshot), "snapshot");
    }

    /// @dev Whether a trace that is served is enough: what nobody knows cannot be shown.
    function _isProvable(uint256 i) private view returns (bool) {
        Work memory w = _workOf(i);
        return w.lie != Lie.Trace && (w.lie != Lie.Root || w.tensor == 0 || w.tensor == TENSORS - 1);
    }

    /// @dev By proof if the trace is served and that is enough, else in a game.
    function _contest(uint256 i, bool served) private forgetful returns (bool) {
        Work memory w = _workOf(i);
        address challenger = _signed[i].receipt.beneficiary;
        if (challenger == address(0)) challenger = stranger;
        if (served && _isProvable(i)) {
            _proveAs(Attempt(i, challenger, w.tensor, w.place, 6, w.roots), w.lie);
            return true;
        }
        _fund(challenger, _replayBond);
        _openGame(i, challenger, true, false);
        return true;
    }

    function _closeGames() private {
        for (uint256 g = 1; g <= _gameCount; ++g) {
            if (!_isLive(g)) continue;
            if (_isSeized(_games[g].signed)) _withdrawBond(g, stranger);
            else _claimTimeout(g, stranger, _games[g].signed);
            assertFalse(_isLive(g), "a game without an end");
        }
    }

    /* FIXED SEQUENCES */

    /// @notice A run is not vacuous: in one fixed sequence everything that can happen to games happens.
    function test_GameActionsSucceed() external {
        _runUntil(
            _gameActions(),
            "openGame,publishRoots,choose,revealChildren,pick,pick again,revealLeaf,claimTimeout,withdrawBond,"
            "operator out of time,challenger out of time,proveUnit,proveEnd request,proveEnd output,setReplayBond,"
            "jumpInGame,openCase,settle"
        );
    }

    /// @notice Each lie in each tensor, by an operator that plays on as long as it can: whoever runs the model wins.
    function test_EveryLieIsFoundInAGame() external {
        uint256 first = _signed.length;
        _newLies();
        for (uint256 i = first; i < _signed.length; ++i) {
            _fund(beneficiary, _replayBond);
            _openGame(i, beneficiary, true, false);
        }
        _stubborn = true;
        _warpTo(0, block.timestamp + 8 days);
        _closeGames();
        for (uint256 i = first; i < _signed.length; ++i) assertTrue(_isSeized(i), "a wrong answer stands");
        assertEq(_succeeded["pick again"], 2, "an element and padding behind two levels");
        // The roots of three tensors, two missing leaves and a whole trace cannot be opened.
        assertEq(_succeeded["operator out of time"], 6, "out of time");
        assertEq(_succeeded["challenger out of time"], 0, "lost games");
        _checkAll();
    }

    /// @notice The same with a trace that is served: a transaction each, but where nobody knows what was committed to.
    function test_EveryLieIsProven() external {
        uint256 first = _signed.length;
        _newLies();
        uint256 unproven = 0;
        for (uint256 i = first; i < _signed.length; ++i) {
            if (_isProvable(i)) _contest(i, true);
            if (!_isSeized(i)) ++unproven;
        }
        // The roots of three tensors between the ends, and a whole trace.
        assertEq(unproven, 4, "not proven");
        assertEq(_gameCount, 0, "games");
        _checkAll();
    }

    /// @notice A friend's games and a case that ends without a ruling come first and shield nothing.
    function test_PuppetsShieldNothing() external {
        uint256 i = _newAnswer(100, Lie.Element, 3, 1);
        for (uint256 n = 0; n < 4; ++n) {
            _fund(_juror(n), _replayBond);
            _openGame(i, _juror(n), n == 3, false);
        }
        _fund(stranger, _bondFor(i) + _feeIn(0));
        _openCase(i, stranger, false);
        _stubborn = true;
        _warpTo(0, block.timestamp + 2 * MOVE);
        for (uint256 g = 1; g <= 3; ++g) _claimTimeout(g, stranger, i);
        _warpTo(0, block.timestamp + 1 days);
        _settle(i, stranger);
        assertEq(_answers[i].openCases, 1, "still held");
        _checkAll();
        uint256 before = _wealthOf(_juror(3)) + _replayBond;
        _warpTo(0, block.timestamp + 7 days);
        assertTrue(_isSeized(i), "not overturned");
        _withdrawBond(4, stranger);
        assertEq(_wealthOf(_juror(3)) - before, 5e18, "bounty");
        assertEq(_succeeded["challenger out of time"], 3, "puppets");
        _checkAll();
    }

    /// @notice An answer that is right, challenged in every tensor and left at every turn: half of each bond is the
    /// operator's, and the answer becomes final.
    function test_HonestOperatorGainsByEveryGame() external {
        uint256 i = _newAnswer(101, Lie.None, 0, 0);
        uint256 before = _wealthOf(_slots[0]);
        for (uint256 n = 0; n < 5; ++n) {
            _fund(_juror(n), _replayBond);
            _openGame(i, _juror(n), false, false);
        }
        bytes32[] memory roots = _workOf(i).roots;
        _warpTo(0, block.timestamp + MOVE);
        for (uint256 g = 1; g <= 4; ++g) _choose(g, _juror(g - 1), i, roots, g);
        _warpTo(0, block.timestamp + MOVE);
        // The tensors have 3 and 17 leaves: nobody has to open others.
        _pick(1, _juror(0), _games[1].opened[0], 3);
        _pick(3, _juror(2), _games[3].opened[0], 9);
        _pick(1, _juror(0), _games[1].opened[0], 2);
        _pick(3, _juror(2), _games[3].opened[0], 8);
        _warpTo(0, block.timestamp + MOVE);
        _pick(3, _juror(2), _games[3].opened[1], 1);
        _pick(3, _juror(2), _games[3].opened[1], 0);
        _checkAll();
        _warpTo(0, block.timestamp + 3 * MOVE);
        for (uint256 g = 1; g <= 5; ++g) _claimTimeout(g, stranger, i);
        assertEq(_succeeded["pick"], 3, "picks");
        assertEq(_wealthOf(_slots[0]) - before, 125e18, "halves of bonds");
        assertEq(uint8(_statusOf(i)), uint8(AnswerStatus.Final), "final");
        _checkAll();
    }

    /// @notice Operator, beneficiary, challenger and prover are one: half of the penalty is gone, or half of the bond.
    function test_ChallengingOneselfCosts() external {
        address self = _slots[2];
        CredenceReceipt memory r = _receipt(102);
        (r.operator, r.signerId, r.modelId, r.beneficiary) = (self, _signerId(2), _models[1].id, self);
        uint256 i = _newAnswer(r, Lie.Element, 1, 2);
        _fund(self, 2 * _replayBond);
        uint256 before = _wealthOf(self);
        _openGame(i, self, false, false);
        _contest(i, true);
        _withdrawBond(1, self);
        assertEq(before - _wealthOf(self), 5e18, "of a penalty of 10");
        i = _newAnswer(103, Lie.None, 0, 0);
        before = _wealthOf(_slots[0]);
        _fund(_slots[0], _replayBond);
        _openGame(i, _slots[0], false, false);
        _warpTo(0, block.timestamp + 2 * MOVE);
        _claimTimeout(2, stranger, i);
        assertEq(before + _replayBond - _wealthOf(_slots[0]), 25e18, "of a bond of 50");
        _checkAll();
    }

    /// @notice Roots that come too late for one game are in time for others; every clock is tried a second before its
    /// end and at it.
    function test_LateRootsHelpOnlyLaterGames() external {
        uint256 i = _newAnswer(104, Lie.Element, 2, 1);
        bytes32[] memory roots = _workOf(i).roots;
        for (uint256 n = 0; n < 3; ++n) {
            if (n == 1) vm.warp(block.timestamp + MOVE / 2);
            _fund(_juror(n), _replayBond);
            _openGame(i, _juror(n), false, false);
        }
        vm.warp(_games[1].deadline - 1);
        _claimTimeout(1, stranger, i);
        vm.warp(_games[1].deadline);
        _publishRoots(i, stranger, roots);
        assertEq(uint8(_games[1].phase), uint8(IReplayGame.Phase.Roots), "first");
        assertEq(uint8(_games[2].phase), uint8(IReplayGame.Phase.Choose), "second");
        _checkAll();
        vm.warp(_games[2].deadline - 1);
        _choose(2, _juror(1), i, roots, 2);
        vm.warp(_games[3].deadline);
        _choose(3, _juror(2), i, roots, 2);
        assertEq(_succeeded["choose"], 1, "chosen");
        for (uint256 g = 1; g <= 3; ++g) _withdrawBond(g, _games[g].challenger);
        _claimTimeout(3, stranger, i);
        _checkAll();
        _claimTimeout(1, stranger, i);
        assertTrue(_isSeized(i), "not overturned");
        _withdrawBond(2, stranger);
        _checkAll();
    }

    /* ANSWERS OF A SEQUENCE */

    /// @dev Each lie, in each tensor where it can be.
    function _newLies() private {
        for (uint256 lie = 1; lie < 9; ++lie) {
            for (uint256 tensor = 0; tensor < TENSORS; ++tensor) {
                if (tensor > 0 && Lie(lie) > Lie.MissingLeaf) continue;
                if (Lie(lie) == Lie.MissingLeaf && tensor != 1 && tensor != 3) continue;
                _newAnswer(200 + 10 * lie + tensor, Lie(lie), tensor, 2);
            }
        }
    }

    /// @dev An answer of the operator in a slot, published alone.
    function _newAnswer(uint256 n, Lie lie, uint256 tensor, uint256 slot) private returns (uint256) {
        CredenceReceipt memory r = _receipt(1e6 + n);
        (r.operator, r.signerId, r.modelId) = (_slots[slot], _signerId(slot), _models[1].id);
        return _newAnswer(r, lie, tensor, slot);
    }

    function _newAnswer(CredenceReceipt memory r, Lie lie, uint256 tensor, uint256 slot) private returns (uint256 i) {
        uint256 seed = uint256(r.jobId);
        (bytes memory request, bytes memory output) = _keep(seed, _newWork(seed, lie, tensor), r);
        i = _sign(r, slot, 1, output, true);
        _signed[i].request = request;
        _anchorAlone(i, stranger);
    }

    function _checkAll() internal override {
        invariant_MoneyOfGamesIsWhatIsOwed();
        invariant_AnswersOfGamesReadAsRecorded();
        invariant_GamesReadAsRecorded();
        _checkEnd();
    }
}
