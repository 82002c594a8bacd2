// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../../contracts/attestations/IAttestationRegistry.sol";
import { ICourt } from "../../../contracts/court/ICourt.sol";
import { IDisputeManager } from "../../../contracts/disputes/IDisputeManager.sol";
import { IModelRegistry } from "../../../contracts/models/IModelRegistry.sol";
import { IReplayGame } from "../../../contracts/replay/IReplayGame.sol";
import { UnitMath } from "../../../contracts/replay/UnitMath.sol";
import { Op, Tensor } from "../../../contracts/types/Graph.sol";
import { ReplayTest } from "../../setup/ReplayTest.sol";

/// @notice When an answer can be proven false, and of which models: until it is final, or while something holds it.
contract TraceProofsWhenTest is ReplayTest {
    bytes32 private constant PREPROCESS = keccak256("a rule that turns requests into tensor 0");
    bytes private constant TEXT = "a request in words";

    /* THE TIME TO CONTEST */

    function test_InTheLastSecond() external {
        (Network memory n, Answer memory a, IReplayGame.Unit memory u) = _false(_policy());
        vm.warp(_finalAt(a) - 1);
        _proveUnit(n, a, u);
        _assertOverturned(a);
    }

    function test_RevertWhen_AnswerIsFinal() external {
        (Network memory n, Answer memory a, IReplayGame.Unit memory u) = _false(_policy());
        uint256 finalAt = _finalAt(a);
        vm.warp(finalAt);
        bytes memory reason = abi.encodeWithSelector(
            IAttestationRegistry.AnswerOver.selector,
            _id(a.receipt),
            finalAt,
            finalAt
        );
        vm.expectRevert(reason);
        _proveUnit(n, a, u);
        _assertUntouched(a);
        // Its lock may have been freed: nothing is taken from another answer's.
        vm.warp(_nextHour(finalAt));
        attestations.sweep(operator);
        vm.expectRevert(
            abi.encodeWithSelector(IAttestationRegistry.AnswerOver.selector, _id(a.receipt), block.timestamp, finalAt)
        );
        _proveUnit(n, a, u);
        _assertUntouched(a);
    }

    function test_RevertWhen_FaultsOfFinalAnswersAreProven() external {
        Network memory n = _floorNetwork();
        bytes[] memory tensors = _run(n, _input(n, 1));
        Answer memory a = _answer(_publishNetwork(n), tensors, new bytes32[](5), tensors[0], hex"0000");
        _note();
        uint256 finalAt = _finalAt(a);
        vm.warp(finalAt);
        bytes memory reason = abi.encodeWithSelector(
            IAttestationRegistry.AnswerOver.selector,
            _id(a.receipt),
            finalAt,
            finalAt
        );
        vm.expectRevert(reason);
        _proveRootCount(n, a);
        vm.expectRevert(reason);
        _proveEnd(n, a, IReplayGame.End.Output, hex"0000");
        _assertUntouched(a);
        vm.warp(finalAt - 1);
        _proveRootCount(n, a);
        _assertOverturned(a);
    }

    /// @dev A receipt in an anchored batch, whose answer nobody has published.
    function test_RevertWhen_AnswerIsNotPublished() external {
        Network memory n = _floorNetwork();
        Answer memory a;
        a.tensors = _run(n, _input(n, 1));
        _falsify(n, a.tensors, 1, 0);
        a.roots = _rootsOf(a.tensors);
        a.receipt = _receiptOf(_publishNetwork(n), a.roots, a.tensors[0], a.tensors[3]);
        _anchorOne(a.receipt);
        _note();
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.AnswerUnknown.selector, _id(a.receipt)));
        _proveUnit(n, a, 0, 0);
        assertEq(_gain(operator), 0);
        _assertState(a, IAttestationRegistry.LockState.None);
    }

    /// @dev Anchored by itself: published at once, and proven false at once.
    function test_AnchoredAlone() external {
        Network memory n = _floorNetwork();
        Answer memory a;
        a.tensors = _run(n, _input(n, 1));
        _falsify(n, a.tensors, 1, 0);
        a.roots = _rootsOf(a.tensors);
        a.receipt = _receiptOf(_publishNetwork(n), a.roots, a.tensors[0], a.tensors[3]);
        bytes memory signature = _signReceipt(a.receipt);
        attestations.anchorReceipt(a.receipt, signature, a.tensors[0], a.tensors[3]);
        _note();
        assertEq(_proveUnit(n, a, 0, 0), 20e18);
        _assertOverturned(a);
    }

    /* WHILE SOMETHING HOLDS IT */

    function test_AfterTheTimeWhileAGameIsOpen() external {
        (Network memory n, Answer memory a, IReplayGame.Unit memory u) = _false(_policy());
        vm.warp(_finalAt(a) - 1);
        vm.prank(outsider);
        uint256 gameId = disputeManager.openGame(_bare(a.receipt), "", "");
        assertEq(_gain(outsider), -50 * E);
        skip(11 hours);
        vm.prank(challenger);
        assertEq(game.proveUnit(a.receipt, _trace(n, a), u), 20e18);
        assertEq(_gain(challenger), 5 * E);
        // The bounty is whose proof it was; the game's challenger has its bond back.
        game.withdrawBond(gameId);
        assertEq(_gain(outsider), 0);
        _assertOverturned(a);
    }

    /// @dev The opener of a case is made whole, and the jurors that were never drawn cost nothing.
    function test_AfterTheTimeWhileACaseIsOpen() external {
        (Network memory n, Answer memory a, IReplayGame.Unit memory u) = _false(_bothGrounds());
        vm.warp(_finalAt(a) - 1);
        bytes32 caseId = _open(a.receipt);
        assertEq(_gain(opener), -228 * E);
        skip(11 hours);
        _assertPhase(caseId, ICourt.Phase.Evidence);
        assertEq(_proveUnit(n, a, u), 800e18);
        assertEq(_gain(opener), 0);
        assertEq(uint8(disputeManager.caseOf(caseId).state), uint8(IDisputeManager.CaseState.Settled));
        _assertOverturned(a);
        assertEq(_gain(challenger), 200 * E);
    }

    /// @dev Jurors have found for the operator, and nobody has settled: within the time a proof still overturns.
    function test_WhileACaseIsOpenThatUpheld() external {
        IModelRegistry.Policy memory policy = _bothGrounds();
        policy.challengeWindow = 95 hours;
        policy.courtConfig = STANDARD;
        (Network memory n, Answer memory a, IReplayGame.Unit memory u) = _false(policy);
        bytes32 caseId = _open(a.receipt);
        _voteAll(caseId, NOT_AT_FAULT);
        _assertPhase(caseId, ICourt.Phase.Appeal);
        assertEq(_proveUnit(n, a, u), 800e18);
        assertEq(_gain(opener), 0);
        assertEq(_gain(beneficiary), 400 * E);
        assertEq(_gain(operator), -800 * E);
        // 400 less 160 for the reserve, less a fee of 45 that jurors have earned.
        assertEq(_gain(challenger), 195 * E);
    }

    function test_RevertWhen_AnswerIsOverturned() external {
        (Network memory n, Answer memory a, IReplayGame.Unit memory u) = _false(_policy());
        bytes[] memory tensors = a.tensors;
        _proveUnit(n, a, u);
        bytes memory reason = abi.encodeWithSelector(
            IAttestationRegistry.LockInState.selector,
            _id(a.receipt),
            IAttestationRegistry.LockState.Seized,
            IAttestationRegistry.LockState.InBucket
        );
        vm.expectRevert(reason);
        _proveUnit(n, a, u);
        vm.warp(_finalAt(a) + 1 days);
        vm.expectRevert(reason);
        _proveUnit(n, a, u);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.FaultAbsent.selector, IReplayGame.Fault.Output));
        _proveEnd(n, a, IReplayGame.End.Output, tensors[3]);
        _assertOverturned(a);
    }

    /// @dev What happened to the model meanwhile does not matter.
    function test_OfADeprecatedModel() external {
        (Network memory n, Answer memory a, IReplayGame.Unit memory u) = _false(_policy());
        vm.prank(publisher);
        protocol.models.deprecate(a.receipt.modelId);
        _proveUnit(n, a, u);
        _assertOverturned(a);
    }

    /* MODELS WITH PRIVATE INPUT */

    /// @dev By whoever knows the trace; nothing was shown at publication.
    function test_PrivateInput() external {
        IModelRegistry.Policy memory policy = _policy();
        policy.privateInput = true;
        (Network memory n, Answer memory a, IReplayGame.Unit memory u) = _false(policy);
        _proveUnit(n, a, u);
        _assertOverturned(a);
    }

    function test_EndsOfPrivateInput() external {
        IModelRegistry.Policy memory policy = _policy();
        policy.privateInput = true;
        for (uint256 i = 0; i < 2; ++i) {
            uint256 snapshot = vm.snapshotState();
            Network memory n = _floorNetwork();
            bytes[] memory tensors = _run(n, _input(n, 1));
            bytes memory shown = i == 0 ? _input(n, 2) : bytes(hex"05");
            bytes32 model = _publishNetwork(n, policy, 0);
            Answer memory a =
                i == 0
                    ? _answer(model, tensors, _rootsOf(tensors), shown, tensors[3])
                    : _answer(model, tensors, _rootsOf(tensors), tensors[0], shown);
            _note();
            _proveEnd(n, a, IReplayGame.End(i), shown);
            _assertOverturned(a);
            vm.revertToState(snapshot);
        }
    }

    /// @dev An output of 16,800 bytes, too long to be shown at publication.
    function test_LongPrivateOutput() external {
        IModelRegistry.Policy memory policy = _policy();
        policy.privateInput = true;
        Network memory n = _wideNetwork(2_100);
        bytes[] memory tensors = _run(n, _input(n, 1));
        bytes32 model = _publishNetwork(n, policy, 0);
        Answer memory a = _answer(model, tensors);
        _note();
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.FaultAbsent.selector, IReplayGame.Fault.Output));
        _proveEnd(n, a, IReplayGame.End.Output, tensors[1]);
        _assertUntouched(a);
        bytes memory output = abi.encodePacked(tensors[1]);
        output[16_799] ^= 0x01;
        a = _answer(model, tensors, a.roots, tensors[0], output);
        _note();
        _proveEnd(n, a, IReplayGame.End.Output, output);
        _assertOverturned(a);
    }

    /* MODELS WITH BOTH GROUNDS */

    /// @dev What was made of the request is for token holders: tensor 0 is the operator's word.
    function test_RevertWhen_RequestIsPreprocessed() external {
        Network memory n = _floorNetwork();
        bytes[] memory tensors = _run(n, _input(n, 1));
        bytes32 model = _publishNetwork(n, _bothGrounds(), PREPROCESS);
        Answer memory a = _answer(model, tensors, _rootsOf(tensors), TEXT, tensors[3]);
        _note();
        bytes memory reason = abi.encodeWithSelector(IReplayGame.RequestPreprocessed.selector, PREPROCESS);
        vm.expectRevert(reason);
        _proveEnd(n, a, IReplayGame.End.Request, TEXT);
        vm.expectRevert(reason);
        _proveEnd(n, a, IReplayGame.End.Request, "another request");
        vm.expectRevert(reason);
        _proveEnd(n, a, IReplayGame.End.Request, tensors[0]);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.FaultAbsent.selector, IReplayGame.Fault.Output));
        _proveEnd(n, a, IReplayGame.End.Output, tensors[3]);
        _assertUntouched(a);
    }

    /// @dev Everything from tensor 0 on is arithmetic.
    function test_PreprocessedAndWrongBehindTensorZero() external {
        Network memory n = _floorNetwork();
        bytes[] memory tensors = _run(n, _input(n, 1));
        _falsify(n, tensors, 1, 4);
        bytes32 model = _publishNetwork(n, _bothGrounds(), PREPROCESS);
        Answer memory a = _answer(model, tensors, _rootsOf(tensors), TEXT, tensors[3]);
        _note();
        assertEq(_proveUnit(n, a, 0, 4), 800e18);
        _assertOverturned(a);
    }

    function test_PreprocessedAndAnotherOutput() external {
        Network memory n = _floorNetwork();
        bytes[] memory tensors = _run(n, _input(n, 1));
        bytes32 model = _publishNetwork(n, _bothGrounds(), PREPROCESS);
        Answer memory a = _answer(model, tensors, _rootsOf(tensors), TEXT, hex"0102");
        _note();
        assertEq(_proveEnd(n, a, IReplayGame.End.Output, hex"0102"), 800e18);
        _assertOverturned(a);
    }

    /// @dev A model with both grounds whose request is tensor 0 has nothing that only token holders could see.
    function test_BothGroundsWithoutPreprocessing() external {
        Network memory n = _floorNetwork();
        bytes[] memory tensors = _run(n, _input(n, 1));
        bytes32 model = _publishNetwork(n, _bothGrounds(), 0);
        Answer memory a = _answer(model, tensors, _rootsOf(tensors), _input(n, 2), tensors[3]);
        _note();
        assertEq(_proveEnd(n, a, IReplayGame.End.Request, _input(n, 2)), 800e18);
        _assertOverturned(a);
    }

    /* MAKING */

    /// @dev i8[4] -> DENSE i64[rows], all rows alike.
    function _wideNetwork(uint32 rows) private pure returns (Network memory n) {
        n.tensors = new Tensor[](2);
        (n.tensors[0], n.tensors[1]) = (Tensor(I8, 4), Tensor(I64, rows));
        n.ops = new Op[](1);
        n.ops[0] = Op({ code: 1, rounding: FLOOR, input: 0, rows: rows, k: 4, zero: 0, lo: -30_000, hi: 30_000 });
        n.rows = new UnitMath.Row[](rows);
        for (uint256 i = 0; i < rows; ++i) n.rows[i] = _floorNetwork().rows[0];
    }

    function _bothGrounds() private pure returns (IModelRegistry.Policy memory policy) {
        policy = _judgedPolicy();
        policy.grounds = 3;
    }

    function _false(
        IModelRegistry.Policy memory policy
    ) private returns (Network memory n, Answer memory a, IReplayGame.Unit memory u) {
        n = _floorNetwork();
        bytes[] memory tensors = _run(n, _input(n, 1));
        _falsify(n, tensors, 1, 2);
        _resume(n, tensors, 1);
        a = _answer(_publishNetwork(n, policy, 0), tensors);
        u = _unit(n, a, 0, 2);
        _note();
    }

    function _finalAt(Answer memory a) private view returns (uint256) {
        return attestations.answer(_id(a.receipt)).finalAt;
    }
}
